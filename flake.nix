{
  description = "Coding agents, safe to leave alone: type claude, get claude in a sandbox";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      eachSystem = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      shims = import ./nix/shims.nix;
    in
    {
      packages = eachSystem (pkgs: rec {
        pale = pkgs.callPackage ./nix/package.nix { };
        default = pale;
      });

      apps = eachSystem (pkgs: {
        default = {
          type = "app";
          program = nixpkgs.lib.getExe self.packages.${pkgs.stdenv.hostPlatform.system}.default;
          meta = { inherit (self.packages.${pkgs.stdenv.hostPlatform.system}.default.meta) description; };
        };
      });

      overlays.default = final: _prev: { pale = final.callPackage ./nix/package.nix { }; };

      # Both names are in use.
      homeModules.default.imports = [ ./nix/home-manager.nix ];
      homeManagerModules.default.imports = [ ./nix/home-manager.nix ];
      nixosModules.default.imports = [ ./nix/nixos.nix ];

      lib = {
        inherit (shims) mkShim mkShims;
      };

      templates = rec {
        devshell = {
          path = ./nix/templates/devshell;
          description = "A devShell in which the agents of one project are sandboxed";
        };
        nixos = {
          path = ./nix/templates/nixos;
          description = "NixOS with pale for every user";
        };
        home-manager = {
          path = ./nix/templates/home-manager;
          description = "home-manager with pale, on NixOS or another distribution";
        };
        default = devshell;
      };

      checks = eachSystem (pkgs: {
        package = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
        shims = shims.mkShims pkgs {
          agents.pale-check.profile = "claude";
          settings.profile.claude.allow = [ "example.org" ];
        };
      });

      formatter = eachSystem (pkgs: pkgs.nixfmt-tree);

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.bun
            pkgs.nodejs
            pkgs.bubblewrap
          ];
        };
      });
    };
}
