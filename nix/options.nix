# What both modules declare below `programs.pale`. `makeShim` makes an agent's `finalPackage`.
{
  lib,
  pkgs,
  makeShim,
}:
let
  inherit (lib) literalExpression mkOption types;
  settings = import ./settings.nix { inherit lib pkgs; };

  agent =
    { name, config, ... }:
    {
      config.finalPackage = makeShim name config;
      options = {
        enable = lib.mkEnableOption "the shim of this command";
        package = mkOption {
          type = types.nullOr types.package;
          default = null;
          example = literalExpression "pkgs.claude-code";
          description = "Package with the real command. Null: whatever is on PATH when the shim runs.";
        };
        command = mkOption {
          type = types.str;
          default = name;
          defaultText = "the name of the shim";
          description = "Name of the command in the package's `bin`.";
        };
        rawName = mkOption {
          type = types.nullOr types.str;
          default = "${name}-raw";
          defaultText = "the name of the shim with `-raw`";
          description = "Name of the twin that runs the command without a sandbox. Null: none.";
        };
        profile = mkOption {
          type = types.str;
          default = name;
          defaultText = "the name of the shim";
          description = "Profile of the sandbox: one that is shipped with pale, or one of `profiles`.";
        };
        extraArgs = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "--dangerously-skip-permissions" ];
          description = "Arguments of the command in front of the caller's, in the sandbox only.";
        };
        finalPackage = mkOption {
          type = types.package;
          readOnly = true;
          description = "The shim, with name, version and meta of the package: for `programs.claude-code.package` and the like.";
        };
      };
    };

  integration =
    shell:
    mkOption {
      type = types.bool;
      default = true;
      description = "Whether interactive ${shell} shells have the shims first on PATH, before what other startup files put there.";
    };
in
{
  enable = lib.mkEnableOption "pale, which runs coding agents in a sandbox";
  package = mkOption {
    type = types.package;
    default = pkgs.callPackage ./package.nix { };
    defaultText = literalExpression "pkgs.callPackage ./package.nix { }";
    description = "The package of pale.";
  };
  settings = mkOption {
    inherit (settings) type;
    default = { };
    example = {
      uses = [ "node" ];
      profile.claude.allow = [ "api.github.com" ];
    };
    description = "The configuration file; docs/configuration.md has every key.";
  };
  profiles = mkOption {
    type = types.attrsOf settings.profileType;
    default = { };
    example.offline = {
      uses = [ "claude" ];
      network = "none";
    };
    description = "Profiles by name: the same as `settings.profile`.";
  };
  agents = mkOption {
    type = types.attrsOf (types.submodule agent);
    default = { };
    example = literalExpression ''{ claude = { enable = true; package = pkgs.claude-code; }; }'';
    description = "Commands that run in a sandbox, by the name that is typed.";
  };
  enableBashIntegration = integration "bash";
  enableZshIntegration = integration "zsh";
  enableFishIntegration = integration "fish";
}
