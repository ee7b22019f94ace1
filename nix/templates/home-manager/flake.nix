{
  description = "home-manager with pale";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    home-manager.url = "github:nix-community/home-manager";
    home-manager.inputs.nixpkgs.follows = "nixpkgs";
    # Where you have pale from: a `git+https:`, `git+ssh:` or `path:` URL.
    pale.url = "path:/home/you/src/pale";
    pale.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    {
      nixpkgs,
      home-manager,
      pale,
      ...
    }:
    {
      homeConfigurations.you = home-manager.lib.homeManagerConfiguration {
        pkgs = nixpkgs.legacyPackages.x86_64-linux;
        modules = [
          ./home.nix
          pale.homeModules.default
          {
            programs.pale = {
              enable = true;
              # The claude on your PATH, from npm or its own installer; `package` for one of nixpkgs.
              agents.claude.enable = true;
              profiles.claude.allow = [ "api.github.com" ];
            };
          }
        ];
      };
    };
}
