# One configuration of a module -> what becomes of it.
{ root, pkgs }:
let
  inherit (pkgs) lib;
in
rec {
  # With a pale that is there already: building one is the matter of another test.
  pale = pkgs.fake "pale";
  claude = pkgs.agent "claude";
  codex = pkgs.agent "codex";

  evaluate =
    module: configuration:
    (lib.evalModules {
      specialArgs = { inherit pkgs; };
      modules = [
        ./system.nix
        (root + "/nix/${module}.nix")
        { programs.pale = { package = lib.mkDefault pale; }; }
        configuration
      ];
    });
  homeManager = configuration: (evaluate "home-manager" configuration).config;
  nixos = configuration: (evaluate "nixos" configuration).config;

  summarise =
    configuration:
    let
      packages = configuration.home.packages ++ configuration.environment.systemPackages;
      files = configuration.xdg.configFile // configuration.environment.etc;
      refused = map (each: each.message) (lib.filter (each: !each.assertion) configuration.assertions);
      inits = {
        bash = configuration.programs.bash.initExtra + configuration.programs.bash.interactiveShellInit;
        zsh = configuration.programs.zsh.initContent + configuration.programs.zsh.interactiveShellInit;
        fish = configuration.programs.fish.interactiveShellInit;
      };
    in
    {
      # A configuration that is refused is not built.
      packages = if refused == [ ] then map describe packages else [ ];
      files = lib.attrNames files;
      shells = if refused == [ ] then lib.attrNames (lib.filterAttrs (_: text: text != "") inits) else [ ];
      inherit refused;
      inherit (configuration) warnings;
    };

  describe =
    package:
    "${package.pname} ${package.version}, priority ${toString (package.meta.priority or 5)}";
}
