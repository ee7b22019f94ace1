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
  isZero = name: (config.boot.kernel.sysctl.${name} or null) == 0;
in
{
  options.programs.pale = module.options;

  config = lib.mkMerge [
    { inherit (module) warnings; }
    (lib.mkIf cfg.enable {
      assertions = module.assertions ++ [
        {
          assertion = config.security.allowUserNamespaces;
          message = "programs.pale: bubblewrap makes user namespaces; `security.allowUserNamespaces` must be true.";
        }
        {
          assertion = !(isZero "user.max_user_namespaces") && !(isZero "kernel.unprivileged_userns_clone");
          message = "programs.pale: bubblewrap makes user namespaces; `boot.kernel.sysctl` must not forbid them.";
        }
      ];
      environment.systemPackages = module.packages;
      environment.etc."pale/config.toml" = lib.mkIf (module.configuration != null) {
        source = module.configuration;
      };
      programs.bash.interactiveShellInit = lib.mkIf (isOn "Bash") (lib.mkAfter module.posixInit);
      programs.zsh.interactiveShellInit = lib.mkIf (isOn "Zsh") (lib.mkAfter module.posixInit);
      programs.fish.interactiveShellInit = lib.mkIf (isOn "Fish") (lib.mkAfter module.fishInit);
    })
  ];
}
