# As much of nixpkgs as pale's Nix files use, made of the host's programs: it builds for real, with bash
# and coreutils of the host, so without Nix's own sandbox.
{
  system,
  lib ? import ./lib.nix,
}:
let
  host = lib.importJSON ./host.json;

  # The last command is a builtin: Nix kills a builder that has closed its output, and a program that
  # bash has become closes it before it ends.
  build =
    {
      name,
      script,
      passthru ? { },
      ...
    }@arguments:
    let
      given = removeAttrs arguments [
        "script"
        "passthru"
        "meta"
      ];
      made = derivation (
        given
        // {
          inherit system;
          builder = "/bin/bash";
          args = [
            "-euo"
            "pipefail"
            "-c"
            ". \"$scriptPath\"; :"
          ];
          PATH = "/usr/bin:/bin";
          inherit script;
          passAsFile = [ "script" ] ++ given.passAsFile or [ ];
        }
      );
    in
    passthru
    // made
    // {
      meta = arguments.meta or { };
    };

  # With the phases that pale's packages have, and the setup hooks of what they build with.
  mkDerivation =
    arguments:
    let
      tools = arguments.nativeBuildInputs or [ ];
      named = lib.optionalAttrs (arguments ? pname) { name = "${arguments.pname}-${arguments.version}"; };
      set = removeAttrs arguments [ "impureEnvVars" ];
    in
    build (
      set
      // named
      // {
        passthru = arguments.passthru or { } // lib.optionalAttrs (arguments ? pname) { inherit (arguments) pname version; };
        script = ''
          export TMPDIR=$NIX_BUILD_TOP
          runHook() { :; }
          for tool in ${toString tools}; do
            PATH=$tool/bin:$PATH
            [ ! -e "$tool/nix-support/setup-hook" ] || . "$tool/nix-support/setup-hook"
          done
          cp -r "$src" source
          chmod -R u+w source
          cd source
          ${arguments.buildPhase or ""}
          ${arguments.installPhase}
          ${arguments.installCheckPhase or ""}
        '';
      }
    );

  text =
    name: content:
    build {
      inherit name content;
      passAsFile = [ "content" ];
      script = ''cp "$contentPath" "$out"'';
    };

  # Values of TOML in one line each; texts are what they are in JSON.
  renderToml =
    value:
    if lib.isAttrs value then
      "{ ${lib.concatStringsSep ", " (lib.mapAttrsToList renderPair value)} }"
    else if lib.isList value then
      "[${lib.concatMapStringsSep ", " renderToml value}]"
    else
      builtins.toJSON value;
  renderPair = name: value: "${builtins.toJSON name} = ${renderToml value}";

  pkgs = {
    inherit lib system;
    callPackage =
      file: given:
      let
        function = if lib.isFunction file then file else import file;
      in
      function (builtins.intersectAttrs (builtins.functionArgs function) pkgs // given);
    stdenv = {
      inherit mkDerivation;
      hostPlatform = { inherit system; };
      cc.bintools.dynamicLinker = "${pkgs.glibc}/lib/${host.loader}";
    };
    stdenvNoCC = { inherit mkDerivation; };
    runCommandLocal =
      name: arguments: script:
      build (arguments // { inherit name script; });
    writeText = text;
    mkShell = { packages }: build { name = "shell"; script = ''echo ${toString packages} > "$out"''; };
    formats.toml = _: {
      type = lib.types.attrsOf lib.types.anything;
      generate = name: value: text name (lib.concatStringsSep "\n" (lib.mapAttrsToList renderPair value) + "\n");
    };

    # The first one counts.
    symlinkJoin =
      {
        name,
        paths,
        meta ? { },
      }:
      build {
        inherit name meta;
        script = ''
          mkdir -p "$out"
          for path in ${toString paths}; do cp -rns "$path"/. "$out"; chmod -R u+w "$out"; done
        '';
      };

    # A profile: the least `meta.priority` counts, and two of the same are an error.
    buildEnv =
      { name, paths }:
      build {
        inherit name;
        script = lib.concatMapStringsSep "\n" (path: ''
          mkdir -p "$out/bin" "$NIX_BUILD_TOP/seen"
          for file in ${path}/bin/*; do
            name=''${file##*/}
            seen=$NIX_BUILD_TOP/seen/$name
            if [ -e "$seen" ]; then
              if [ "$(cat "$seen")" -eq ${toString (path.meta.priority or 5)} ]; then
                echo "two packages have bin/$name: $file and $(readlink "$out/bin/$name")" >&2
                exit 1
              fi
              [ "$(cat "$seen")" -gt ${toString (path.meta.priority or 5)} ] || continue
            fi
            echo ${toString (path.meta.priority or 5)} > "$seen"
            ln -sfn "$file" "$out/bin/$name"
          done
        '') paths;
      };
  }
  // import ./host.nix { inherit pkgs build host; };
in
pkgs
