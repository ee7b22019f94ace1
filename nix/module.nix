# What both modules have in common: options and, from what they are set to, packages, files and complaints.
{
  lib,
  pkgs,
  cfg,
}:
let
  shims = import ./shims.nix;
  inherit (import ./settings.nix { inherit lib pkgs; }) prune;

  profiles = valueOr { } cfg.settings.profile // cfg.profiles;
  said = prune (cfg.settings // lib.optionalAttrs (profiles != { }) { profile = profiles; });
  checked = shims.check pkgs {
    pale = cfg.package;
    settings = said;
    shims = lib.mapAttrsToList (name: { profile, ... }: { inherit name profile; }) enabled;
  };

  valueOr = default: value: if value == null then default else value;

  enabled = lib.filterAttrs (_: agent: agent.enable) cfg.agents;
  finalPackages = lib.mapAttrsToList (_: agent: agent.finalPackage) enabled;
  real = lib.filter (package: package != null) (
    lib.mapAttrsToList (_: agent: agent.package) enabled
  );
  names =
    lib.attrNames enabled
    ++ lib.filter (name: name != null) (lib.mapAttrsToList (_: agent: agent.rawName) enabled);
  directory = "${
    pkgs.symlinkJoin {
      name = "pale-shims";
      paths = finalPackages;
    }
  }/bin";

  isCommand = name: builtins.match "[A-Za-z0-9_][A-Za-z0-9_.+-]*" name != null;

  # Where no host can be reached, or every one.
  hasDeadRules =
    { network, allow, ... }:
    lib.elem network [
      "none"
      "host"
    ]
    && valueOr [ ] allow != [ ];
  tables = {
    settings = cfg.settings;
  }
  // lib.mapAttrs' (name: lib.nameValuePair "profiles.${name}") profiles;
in
{
  options = import ./options.nix {
    inherit lib pkgs;
    makeShim =
      name: agent:
      shims.mkShim pkgs {
        inherit name;
        inherit (agent)
          package
          command
          rawName
          profile
          extraArgs
          ;
        pale = cfg.package;
        requires = [ checked ];
      };
  };

  # Null when there is nothing to say: the user may have a file by hand.
  configuration = if said == { } then null else checked;
  hasShims = enabled != { };

  # The real commands, too, for what they have beside them; the shims are before them in every profile.
  packages = [ cfg.package ] ++ lib.unique real ++ finalPackages;

  posixInit = ''
    case ":$PATH:" in
      ":${directory}:"*) ;;
      *) export PATH="${directory}:$PATH" ;;
    esac
  '';
  fishInit = ''
    if test "$PATH[1]" != "${directory}"
      set -gx PATH "${directory}" $PATH
    end
  '';

  assertions = [
    {
      assertion = lib.allUnique names;
      message = "programs.pale.agents: two commands have the same name, of ${lib.concatStringsSep ", " names}.";
    }
    {
      assertion = lib.all isCommand names;
      message = "programs.pale.agents: names of commands are letters, digits and _.+-, not ${
        lib.concatStringsSep ", " (lib.filter (name: !isCommand name) names)
      }.";
    }
    {
      assertion = !(lib.elem "pale" names);
      message = "programs.pale.agents: `pale` is what shims start, it has none itself.";
    }
    {
      assertion = builtins.intersectAttrs (valueOr { } cfg.settings.profile) cfg.profiles == { };
      message = "programs.pale: a profile is in `profiles` or in `settings.profile`, not in both.";
    }
  ];

  warnings =
    if cfg.enable then
      lib.mapAttrsToList (
        name: { network, ... }:
        "programs.pale.${name}: `allow` has no effect with `network = \"${network}\"`."
      ) (lib.filterAttrs (_: hasDeadRules) tables)
      ++ lib.mapAttrsToList (
        name: _: "programs.pale.agents.${name} has no effect without `enable = true`."
      ) (lib.filterAttrs (_: agent: !agent.enable) cfg.agents)
    else
      lib.optional (
        cfg.agents != { }
      ) "programs.pale.agents has no effect without `programs.pale.enable = true`.";
}
