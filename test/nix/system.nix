# The options of home-manager and NixOS that pale's modules set or read.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  list =
    type:
    mkOption {
      type = types.listOf type;
      default = [ ];
    };
  set = mkOption {
    type = types.attrsOf types.anything;
    default = { };
  };
  lines = mkOption {
    type = types.lines;
    default = "";
  };
in
{
  options = {
    assertions = list types.anything;
    warnings = list types.str;
    home.packages = list types.package;
    xdg.configFile = set;
    environment.systemPackages = list types.package;
    environment.etc = set;
    security.allowUserNamespaces = mkOption {
      type = types.bool;
      default = true;
    };
    boot.kernel.sysctl = set;
    programs.bash.initExtra = lines;
    programs.bash.interactiveShellInit = lines;
    programs.zsh.initContent = lines;
    programs.zsh.interactiveShellInit = lines;
    programs.fish.interactiveShellInit = lines;
  };
}
