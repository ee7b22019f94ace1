# In the place of the real nixpkgs: `--override-input nixpkgs path:...`.
{
  outputs = _: {
    lib = import ./lib.nix;
    legacyPackages = builtins.listToAttrs (
      map
        (system: {
          name = system;
          value = import ./pkgs.nix { inherit system; };
        })
        [
          "x86_64-linux"
          "aarch64-linux"
        ]
    );
  };
}
