{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.pale;
  module = import ./module.nix { inherit lib pkgs cfg; };
  isOn = shell: module.hasShims && cfg."enable${shell}Integration";
in
{
  options.programs.pale = module.options;

  config = lib.mkMerge [
    { inherit (module) warnings; }
    (lib.mkIf cfg.enable {
      inherit (module) assertions;
      home.packages = module.packages;
      xdg.configFile."pale/config.toml" = lib.mkIf (module.configuration != null) {
        source = module.configuration;
      };
      programs.bash.initExtra = lib.mkIf (isOn "Bash") (lib.mkAfter module.posixInit);
      programs.zsh.initContent = lib.mkIf (isOn "Zsh") (lib.mkAfter module.posixInit);
      programs.fish.interactiveShellInit = lib.mkIf (isOn "Fish") (lib.mkAfter module.fishInit);
    })
  ];
}
