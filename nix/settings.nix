# The settings of a configuration file as module options, made from the schema that pale itself checks
# with (docs/pale.schema.json): names, types and descriptions. What a pattern says of a text is left to
# pale, which checks the file when the shims are built; so are keys that the schema does not have.
{ lib, pkgs }:
let
  inherit (lib) mkOption types;
  schema = lib.importJSON ../docs/pale.schema.json;
  toml = pkgs.formats.toml { };

  resolve = node: if node ? "$ref" then schema."$defs".${lib.removePrefix "#/$defs/" node."$ref"} else node;

  typeOf =
    node:
    if node ? "$ref" then
      typeOf (resolve node)
    else if node ? const then
      types.enum [ node.const ]
    else if node ? enum then
      types.enum node.enum
    else if node ? anyOf then
      types.oneOf (map typeOf node.anyOf)
    else
      {
        string = types.str;
        boolean = types.bool;
        integer = types.ints.between node.minimum node.maximum;
        array = types.listOf (typeOf node.items);
        object = typeOfObject node;
      }
      .${node.type};

  typeOfObject =
    node:
    if node ? properties then
      types.submodule {
        freeformType = toml.type;
        options = lib.mapAttrs (name: optionOf (lib.elem name (node.required or [ ]))) node.properties;
      }
    else
      types.attrsOf (typeOf node.additionalProperties);

  # Null is what is not said: `prune` leaves it out.
  optionOf =
    isRequired: node:
    mkOption (
      {
        type = if isRequired then typeOf node else types.nullOr (typeOf node);
        description = node.description or "See docs/configuration.md.";
      }
      // lib.optionalAttrs (!isRequired) { default = null; }
    );

  prune =
    value:
    if lib.isAttrs value then
      lib.mapAttrs (_: prune) (lib.filterAttrs (_: each: each != null) value)
    else if lib.isList value then
      map prune value
    else
      value;
in
{
  # Of a whole file, and of one profile in it.
  type = typeOf schema;
  profileType = typeOf schema."$defs".settings;

  # The settings without what is not said.
  inherit prune;

  write = settings: toml.generate "pale-config.toml" (prune settings);
}
