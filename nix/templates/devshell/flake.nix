{
  description = "A project whose agents are sandboxed in `nix develop`";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    # Where you have pale from: a `git+https:`, `git+ssh:` or `path:` URL.
    pale.url = "path:/home/you/src/pale";
    pale.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, pale, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      eachSystem = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
    in
    {
      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            (pale.lib.mkShims pkgs {
              # The claude on your PATH; `claude.package = pkgs.claude-code` for one of nixpkgs.
              agents.claude = { };
              # All that these shims read beside the profiles shipped with pale.
              settings = {
                uses = [ "devshell" ];
                profile.claude.allow = [ "api.github.com" ];
              };
            })
          ];
        };
      });
    };
}
