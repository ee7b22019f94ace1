# Packages made of the host's programs. Those that run in the fake NixOS are changed as nixpkgs changes
# them: their loader and their libraries are in the store.
{
  pkgs,
  build,
  host,
}:
let
  inherit (pkgs) lib;

  wrap =
    name: program:
    build {
      inherit name;
      pname = name;
      version = "1";
      passthru.version = "1";
      meta.mainProgram = name;
      script = ''
        mkdir -p "$out/bin"
        printf '#!/bin/bash\nexec %s "$@"\n' ${lib.escapeShellArg program} > "$out/bin/${name}"
        chmod 555 "$out/bin/${name}"
      '';
    };

  # Programs by name, each with what it is copied from.
  copy =
    name: programs:
    build {
      inherit name;
      meta.mainProgram = name;
      script = ''
        mkdir -p "$out/bin"
      ''
      + lib.concatMapStringsSep "\n" (each: ''
        cp -L ${programs.${each}} "$out/bin/${each}"
        chmod 755 "$out/bin/${each}"
        patchelf --set-interpreter ${pkgs.stdenv.cc.bintools.dynamicLinker} "$out/bin/${each}"
      '') (lib.attrNames programs);
    };
in
{
  # glibc, and whatever else the programs below need. As in nixpkgs, its loader looks for libraries
  # beside itself and in no directory of the FHS: by a link of the same length as the name of the latter.
  glibc = build {
    name = "glibc";
    script = ''
      mkdir -p "$out/lib"
      for program in /bin/bash /usr/bin/bwrap ${host.bun}; do
        ldd "$program" | grep -o '/[^ ]*' | while read -r library; do cp -nL "$library" "$out/lib"; done
      done
      chmod 755 "$out"/lib/*
      sed -i 's|${host.libraries}|${host.libraryLink}|' "$out/lib/${host.loader}"
      grep -q '${host.libraryLink}' "$out/lib/${host.loader}"
    '';
  };
  bun = copy "bun" { bun = host.bun; } // {
    version = "1.4.5";
  };
  bubblewrap = copy "bubblewrap" { bwrap = "/usr/bin/bwrap"; };
  bash = copy "bash" {
    bash = "/bin/bash";
    sh = "/bin/bash";
  };
  busybox = build {
    name = "busybox";
    script = ''
      mkdir -p "$out/bin"
      cp /bin/busybox "$out/bin"
      for applet in cat env false grep head id ls mkdir printf pwd readlink sleep tail test touch true; do
        ln -s busybox "$out/bin/$applet"
      done
    '';
  };

  # What npm would fetch is taken from the checkout, by the same lock file.
  nodejs = wrap "npm" "${host.bun} ${./npm.ts} ${host.modules}";
  patchelf = wrap "patchelf" "/usr/bin/patchelf";
  cacert = wrap "cacert" "true";
  nixfmt-tree = wrap "nixfmt" "true";
  installShellFiles = build {
    name = "install-shell-files";
    script = ''
      mkdir -p "$out/nix-support"
      cp ${./install-shell-files.sh} "$out/nix-support/setup-hook"
    '';
  };

  # The pale of the checkout.
  fake = name: wrap name host.pale;

  # An agent of the real nixpkgs: it says what it is called with, or does what it is told.
  agent =
    name:
    build {
      name = "${name}-1.2.3";
      passthru = {
        pname = name;
        version = "1.2.3";
      };
      meta = {
        mainProgram = name;
        description = "Agent ${name}";
        unfree = true;
      };
      content = ''
        #!/bin/sh
        case " $* " in *" eval "*)
          while [ "$1" != eval ]; do shift; done
          eval "$2"
          exit ;;
        esac
        printf '%s\n' "${name} is here" "$@"
      '';
      passAsFile = [ "content" ];
      script = ''
        mkdir -p "$out/bin"
        cp "$contentPath" "$out/bin/${name}"
        chmod 555 "$out/bin/${name}"
      '';
    };
}
