{
  description = "NixOS with pale for every user";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    # Where you have pale from: a `git+https:`, `git+ssh:` or `path:` URL.
    pale.url = "path:/home/you/src/pale";
    pale.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, pale, ... }:
    {
      nixosConfigurations.machine = nixpkgs.lib.nixosSystem {
        modules = [
          ./configuration.nix
          pale.nixosModules.default
          (
            { pkgs, ... }:
            {
              # claude-code is not free software.
              nixpkgs.config.allowUnfree = true;
              programs.pale = {
                enable = true;
                agents.claude = {
                  enable = true;
                  package = pkgs.claude-code;
                };
              };
            }
          )
        ];
      };
    };
}
