# Shims for programs of Nix. `pale shims` itself writes them when they are built, and refuses a
# configuration that is wrong; this is the one place that calls it.
let
  # `configuration`: the file that the shims read, and no other; null: what the user has.
  generate =
    pkgs:
    {
      pale,
      configuration,
      shims,
      output ? "$out",
    }:
    let
      inherit (pkgs) lib;
      options = lib.optional (configuration != null) "--config ${configuration}";
      each = shim: "--shim ${lib.escapeShellArg (builtins.toJSON shim)}";
    in
    lib.concatStringsSep " " (
      [ "${lib.getExe pale} shims generate \"${output}\" --pale ${lib.getExe pale}" ]
      ++ options
      ++ map each shims
    );

  # The settings as a file, once pale has found nothing wrong with them and with what the shims say.
  check =
    pkgs:
    {
      pale,
      settings,
      shims ? [ ],
    }:
    let
      written = (import ./settings.nix { inherit (pkgs) lib; inherit pkgs; }).write settings;
    in
    pkgs.runCommandLocal "pale-config.toml" { } ''
      ${generate pkgs {
        inherit pale;
        configuration = written;
        shims = [ { name = "pale-check"; } ] ++ shims;
        output = "$NIX_BUILD_TOP/checked";
      }}
      cp ${written} "$out"
    '';

  # A package with the shim of one command and its twin, and nothing else: what the real package has
  # beside its command is the real package's. It goes by that one's name, version and meta, so that
  # modules which ask for these (`programs.claude-code.package`) take it in its place.
  mkShim =
    pkgs:
    {
      name,
      # Of the real command, which is then named by its path: a shim before it on PATH changes nothing.
      # Without one it is looked for on PATH at every launch.
      package ? null,
      command ? name,
      profile ? name,
      rawName ? "${name}-raw",
      extraArgs ? [ ],
      pale ? pkgs.callPackage ./package.nix { },
      # All that the shim reads, beside the profiles shipped with pale; null: what the user has.
      settings ? null,
      # Derivations that have to build before: checks of what is not here.
      requires ? [ ],
    }:
    let
      inherit (pkgs) lib;
      real = if package == null then pale else package;
    in
    pkgs.runCommandLocal "${name}-shim-${lib.getVersion real}"
      {
        passthru = {
          pname = if package == null then name else lib.getName package;
          version = lib.getVersion real;
          unwrapped = package;
        };
        meta = keepMeta lib real // {
          mainProgram = name;
          # Before the real command in every profile that has both.
          priority = -1;
        };
      }
      (
        lib.optionalString (requires != [ ]) ": ${toString requires}\n"
        + generate pkgs {
          inherit pale;
          configuration = if settings == null then null else check pkgs { inherit pale settings; };
          shims = [
            (
              {
                inherit name profile;
                raw = rawName;
                arguments = extraArgs;
              }
              // lib.optionalAttrs (package != null) {
                program = "${lib.getBin package}/bin/${command}";
              }
            )
          ];
        }
      );

  # Several, with the same settings: `mkShims pkgs { agents.claude.package = pkgs.claude-code; }`.
  mkShims =
    pkgs:
    { agents, ... }@arguments:
    let
      inherit (pkgs) lib;
      common = removeAttrs arguments [ "agents" ];
      each = lib.mapAttrsToList (name: agent: { inherit name; } // common // agent) agents;
      twinOf = shim: shim.rawName or "${shim.name}-raw";
      names = map (shim: shim.name) each ++ lib.filter (name: name != null) (map twinOf each);
    in
    if !(lib.allUnique names) then
      # `symlinkJoin` takes one of them without a word: it may be the one without a sandbox.
      throw "mkShims: two commands have the same name, of ${lib.concatStringsSep ", " names}"
    else
      pkgs.symlinkJoin {
        name = "pale-shims";
        paths = map (mkShim pkgs) each;
        meta.priority = -1;
      };

  keepMeta =
    lib: package:
    builtins.intersectAttrs {
      description = null;
      homepage = null;
      changelog = null;
      license = null;
      maintainers = null;
      platforms = null;
    } (package.meta or { });
in
{
  inherit mkShim mkShims check;
}
