# The options of the modules, as data for the table of docs/nix.md.
{
  root,
  system,
  lib ? import ./nixpkgs/lib.nix,
}:
let
  pkgs = import ./nixpkgs/pkgs.nix { inherit system lib; };
  world = import ./evaluate.nix { inherit root pkgs; };
  list = module: describe "programs.pale" (world.evaluate module { }).options.programs.pale;

  describe =
    name: value:
    if value._type or null == "option" then
      [
        {
          inherit name;
          inherit (value) description;
          default = defaultOf value;
        }
      ]
      ++ lib.optionals (name == "programs.pale.agents") (describe "${name}.<name>" value.type.nested.options)
    else
      lib.concatMap (each: describe "${name}.${each}" value.${each}) (lib.attrNames value);

  defaultOf =
    value:
    if value ? defaultText.text then
      "`${value.defaultText.text}`"
    else if value ? defaultText then
      value.defaultText
    else if value.readOnly or false then
      "(read only)"
    else
      "`${builtins.toJSON value.default}`";
in
{
  home-manager = list "home-manager";
  nixos = list "nixos";
}
