# As much of nixpkgs' `lib` as the Nix files of pale use, for machines that cannot fetch nixpkgs.
# Where it differs from the real one, it refuses more. `NIXPKGS_LIB` runs the same tests with another.
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatMap
    concatStringsSep
    elem
    filter
    foldl'
    head
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isString
    length
    listToAttrs
    map
    mapAttrs
    replaceStrings
    stringLength
    substring
    ;

  basics = rec {
    nameValuePair = name: value: { inherit name value; };
    mapAttrsToList = f: set: attrValues (mapAttrs f set);
    mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
    filterAttrs = keep: set: removeAttrs set (filter (name: !(keep name set.${name})) (attrNames set));
    genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
    optional = condition: value: optionals condition [ value ];
    optionals = condition: list: if condition then list else [ ];
    optionalAttrs = condition: set: if condition then set else { };
    optionalString = condition: text: if condition then text else "";
    last = list: builtins.elemAt list (length list - 1);
    unique = foldl' (seen: each: if elem each seen then seen else seen ++ [ each ]) [ ];
    allUnique = list: length (unique list) == length list;
    concatMapStringsSep =
      separator: f: list:
      concatStringsSep separator (map f list);
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    removePrefix =
      prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
    removeSuffix =
      suffix: text:
      let
        kept = stringLength text - stringLength suffix;
      in
      if kept >= 0 && substring kept (-1) text == suffix then substring 0 kept text else text;
    fileContents = path: removeSuffix "\n" (builtins.readFile path);
    importJSON = path: builtins.fromJSON (builtins.readFile path);
    escapeShellArg =
      value:
      let
        text = toString value;
      in
      if builtins.match "[[:alnum:],._+:@%/-]+" text != null then
        text
      else
        "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
    escapeShellArgs = concatMapStringsSep " " escapeShellArg;
    versionOlder = one: other: builtins.compareVersions one other < 0;
    throwIf = condition: message: value: if condition then throw message else value;
    isDerivation = value: value.type or null == "derivation";
    getBin = package: package.bin or package;
    getName = package: package.pname or (builtins.parseDrvName package.name).name;
    getVersion = package: package.version or (builtins.parseDrvName package.name).version;
    getExe = package: "${getBin package}/bin/${package.meta.mainProgram}";
    literalExpression = text: {
      _type = "literalExpression";
      inherit text;
    };
    licenses.mit.spdxId = "MIT";
    fetchers.proxyImpureEnvVars = [ "https_proxy" ];
    fileset.unions = paths: paths;
    fileset.toSource =
      { root, fileset }:
      builtins.path {
        name = "source";
        path = root;
        filter =
          path: _:
          builtins.any (
            wanted: hasPrefix "${toString wanted}/" "${path}/" || hasPrefix "${path}/" "${toString wanted}/"
          ) fileset;
      };
  };
  inherit (basics)
    concatMapStringsSep
    filterAttrs
    isDerivation
    nameValuePair
    optionalAttrs
    optionals
    unique
    ;

  # What a definition can be wrapped in; the real ones are `_type`d sets, too.
  wrappers = rec {
    mkIf = condition: content: {
      _type = "if";
      inherit condition content;
    };
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    mkOverride = priority: content: {
      _type = "override";
      inherit priority content;
    };
    mkOptionDefault = mkOverride 1500;
    mkDefault = mkOverride 1000;
    mkForce = mkOverride 50;
    mkOrder = priority: content: {
      _type = "order";
      inherit priority content;
    };
    mkBefore = mkOrder 500;
    mkAfter = mkOrder 1500;
    mkOption = option: option // { _type = "option"; };
    mkEnableOption =
      what:
      mkOption {
        type = types.bool;
        default = false;
        description = "Whether to enable ${what}.";
      };
  };
  inherit (wrappers) mkIf mkOptionDefault mkOverride;
  kindOf = value: if isAttrs value then value._type or null else null;

  # A definition -> the values in it, each with priority and order, none of them forced.
  unwrap =
    value:
    let
      kind = kindOf value;
    in
    if kind == "if" then
      optionals value.condition (unwrap value.content)
    else if kind == "merge" then
      concatMap unwrap value.contents
    else if kind == "override" then
      map (each: each // { inherit (value) priority; }) (unwrap value.content)
    else if kind == "order" then
      map (each: each // { order = value.priority; }) (unwrap value.content)
    else
      [
        {
          priority = 100;
          order = 1000;
          inherit value;
        }
      ];

  # Definitions -> the values that count.
  select =
    definitions:
    let
      all = concatMap unwrap definitions;
      best = foldl' (least: each: if each.priority < least then each.priority else least) 9999 all;
      ordered = builtins.sort (a: b: a.order < b.order) (filter (each: each.priority == best) all);
    in
    map (each: each.value) ordered;

  # A wrapped set -> sets whose values are wrapped instead, so that what is not asked for stays lazy.
  pushDown =
    value:
    let
      kind = kindOf value;
    in
    if kind == "if" then
      map (mapAttrs (_: mkIf value.condition)) (pushDown value.content)
    else if kind == "merge" then
      concatMap pushDown value.contents
    else if kind == "override" then
      map (mapAttrs (_: mkOverride value.priority)) (pushDown value.content)
    else
      [ value ];

  showPath = concatStringsSep ".";

  mergeWith =
    type: path: definitions:
    let
      values = select definitions;
      wrong = filter (value: !(type.check value)) values;
    in
    if wrong != [ ] then
      throw "A definition for option `${showPath path}' is not of type `${type.description}'."
    else if values == [ ] then
      throw "The option `${showPath path}' was accessed but has no value defined. Try setting the option."
    else
      type.merge path values;

  same =
    path: values:
    if length (unique values) == 1 then
      head values
    else
      throw "The option `${showPath path}' has conflicting definition values.";
  scalar = description: check: {
    inherit description check;
    merge = same;
  };

  types = rec {
    bool = scalar "boolean" isBool;
    str = scalar "string" isString;
    package = scalar "package" isDerivation // {
      merge = path: values: if length values == 1 then head values else throw "two packages at ${showPath path}";
    };
    path = scalar "absolute path" (
      value: isDerivation value || builtins.isPath value || isString value && basics.hasPrefix "/" value
    );
    lines = scalar "strings concatenated with \"\\n\"" isString // {
      merge = _: concatStringsSep "\n";
    };
    enum = values: scalar "one of ${concatMapStringsSep ", " builtins.toJSON values}" (value: elem value values);
    ints.between =
      low: high:
      scalar "integer between ${toString low} and ${toString high} (both inclusive)" (
        value: isInt value && value >= low && value <= high
      );
    anything = scalar "anything" (_: true) // {
      merge =
        path: values:
        if all (value: isAttrs value && !(isDerivation value)) values then
          (attrsOf anything).merge path values
        else
          same path values;
    };
    nullOr = type: {
      description = "null or ${type.description}";
      check = value: value == null || type.check value;
      merge =
        path: values:
        if all (value: value == null) values then
          null
        else if elem null values then
          throw "The option `${showPath path}' is defined both null and not null."
        else
          type.merge path values;
    };
    oneOf =
      choices:
      let
        fitting = values: filter (type: all type.check values) choices;
      in
      {
        description = concatMapStringsSep " or " (type: type.description) choices;
        check = value: fitting [ value ] != [ ];
        merge = path: values: (head (fitting values)).merge path values;
      };
    listOf = type: {
      description = "list of ${type.description}";
      check = isList;
      merge = path: values: map (value: mergeWith type path [ value ]) (builtins.concatLists values);
      nested = type;
    };
    attrsOf = type: {
      description = "attribute set of ${type.description}";
      check = isAttrs;
      merge =
        path: values:
        let
          sets = concatMap pushDown values;
          definitions = name: map (set: set.${name}) (filter (set: set ? ${name}) sets);
          names = unique (concatMap attrNames sets);
          said = filter (name: concatMap unwrap (definitions name) != [ ]) names;
        in
        basics.genAttrs said (name: mergeWith type (path ++ [ name ]) (definitions name));
      nested = type;
    };
    submodule = module: {
      description = "submodule";
      check = value: isAttrs value || isFunction value;
      merge =
        path: values:
        (evalModules {
          modules = [ module ] ++ values;
          specialArgs.name = basics.last path;
          prefix = path;
        }).config;
      options = (evalModules { modules = [ module ]; specialArgs.name = "<name>"; }).options;
    };
  };

  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    let
      arguments = {
        inherit config options lib;
      }
      // specialArgs;
      load =
        module:
        let
          read = if isAttrs module || isFunction module then module else import module;
          value = if isFunction read then read arguments else read;
          isPlain = !(value ? options || value ? config || value ? freeformType || value ? imports);
          loaded =
            if isPlain then
              { config = value; }
            else
              value;
        in
        [ loaded ] ++ concatMap load (value.imports or [ ]);
      # Later modules come first, as in nixpkgs.
      loaded = foldl' (before: each: [ each ] ++ before) [ ] (concatMap load modules);
      options = foldl' mergeOptions { } (map (module: module.options or { }) loaded);
      freeforms = concatMap (module: optionals (module ? freeformType) [ module.freeformType ]) loaded;

      evaluate =
        path: declared: definitions:
        let
          sets = concatMap pushDown definitions;
          definitionsOf = name: map (set: set.${name}) (filter (set: set ? ${name}) sets);
          unknown = filter (name: !(declared ? ${name})) (unique (concatMap attrNames sets));
          extra =
            if unknown == [ ] then
              { }
            else if path == prefix && freeforms != [ ] then
              (head freeforms).merge path (
                map (filterAttrs (name: _: elem name unknown)) sets
              )
            else
              throw "The option `${showPath (path ++ [ (head unknown) ])}' does not exist.";
        in
        builtins.seq (attrNames extra) (
          extra
          // mapAttrs (name: evaluateOne (path ++ [ name ]) (definitionsOf name)) declared
        );
      evaluateOne =
        path: definitions: declared:
        if kindOf declared != "option" then
          evaluate path declared definitions
        else if declared.readOnly or false && length (concatMap unwrap definitions) > 1 then
          throw "The option `${showPath path}' is read-only, but it's set multiple times."
        else
          mergeWith declared.type path (
            definitions ++ optionals (declared ? default) [ (mkOptionDefault declared.default) ]
          );
      config = evaluate prefix options (map (module: module.config or { }) loaded);
    in
    {
      inherit config options;
    };

  mergeOptions =
    one: other:
    one
    // mapAttrs (
      name: value:
      if !(one ? ${name}) then
        value
      else if kindOf value == "option" || kindOf one.${name} == "option" then
        throw "The option `${name}' is declared twice."
      else
        mergeOptions one.${name} value
    ) other;

  lib =
    builtins
    // basics
    // wrappers
    // {
      inherit types evalModules;
    };
in
lib
