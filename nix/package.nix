{
  lib,
  stdenv,
  callPackage,
  bun,
  bubblewrap,
  patchelf,
  installShellFiles,
}:
let
  manifest = lib.importJSON ../package.json;
  needsBun = "pale is built with bun 1.3.13 or later; this nixpkgs has ${bun.version}";
in
stdenv.mkDerivation {
  pname = manifest.name;
  inherit (manifest) version;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../src
      ../shims
      ../scripts/build.ts
      ../package.json
      ../package-lock.json
      ../tsconfig.json
    ];
  };

  nativeBuildInputs = [
    bun
    patchelf
    installShellFiles
  ];

  # bun makes an executable out of itself, and since 1.3.12 gives that the interpreter of other
  # distributions. The build ends by running it: some versions of bun make one that does not start.
  buildPhase = lib.throwIf (lib.versionOlder bun.version "1.3.13") needsBun ''
    runHook preBuild
    export HOME=$TMPDIR
    cp -r ${callPackage ./dependencies.nix { }} node_modules
    bun scripts/build.ts ${lib.getBin bubblewrap}/bin
    patchelf --set-interpreter ${stdenv.cc.bintools.dynamicLinker} dist/pale
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall
    install -Dm555 dist/pale $out/bin/pale
    $out/bin/pale man > pale.1
    installManPage pale.1
    installShellCompletion --cmd pale \
      --bash <($out/bin/pale completion bash) \
      --zsh <($out/bin/pale completion zsh) \
      --fish <($out/bin/pale completion fish)
    runHook postInstall
  '';

  # The program is at the end of the executable, where these would not leave it.
  dontStrip = true;
  dontPatchELF = true;

  doInstallCheck = true;
  installCheckPhase = ''
    runHook preInstallCheck
    $out/bin/pale --version | grep -F '${manifest.version}'
    runHook postInstallCheck
  '';

  meta = {
    inherit (manifest) description;
    license = lib.licenses.mit;
    mainProgram = "pale";
    platforms = [
      "x86_64-linux"
      "aarch64-linux"
    ];
  };
}
