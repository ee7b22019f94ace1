/**
 * What blacklist mode hides, as data: what opens other doors (keys, tokens, sockets), what
 * was typed, read or written elsewhere (histories, mail, browsers), and other people's.
 *
 * A `/` at the end marks what usually is a directory; what is there decides. `*` stands for
 * any characters of one name. Relative paths are below every home of the user's.
 */
export type SensitiveGroup = { name: string; paths: readonly string[] };

export const SENSITIVE: readonly SensitiveGroup[] = [
  group(
    "keys",
    `.ssh/ .gnupg/ .pki/ .cert/ .local/share/pki/ .minisign/ .age/ .config/age/ .config/sops/
    .caff/ .caffrc .pgpkey .putty/ .config/putty/ .step/ .config/step/ .yubico/ .config/Yubico/
    *.key *.kdb *.kdbx *.pem *.p12 *.pfx *.jks`,
  ),
  group(
    "passwords",
    `.password-store/ .local/share/password-store/ .local/share/gopass/ .config/gopass/
    .local/share/keyrings/ .gnome2/keyrings/ .local/share/kwalletd/ .kde/share/apps/kwallet/
    .kde4/share/apps/kwallet/ .config/kwalletrc .config/op/ .op/ .1password/ .config/1Password/
    .config/Bitwarden/ .config/rbw/ .cache/rbw/ .local/share/rbw/ .config/keepassxc/
    .cache/keepassxc/ .local/state/keepassxc/ .keepassxc/ .config/keepassx/ .keepassx/
    .config/KeePass/ .keepass/ .lastpass/ .local/share/lpass/ .config/lpass/ .local/share/Enpass/
    .config/keybase/ .config/Authenticator/ .local/share/authenticator-rs/ .vault-token
    .vault-tokens .credentials/ .secrets/ .keys/`,
    [".config/Bitwarden CLI/"],
  ),
  group(
    "clouds",
    `.aws/ .azure/ .config/azure/ .config/gcloud/ .gcloud/ .boto .s3cfg .s3cmd/ .passwd-s3fs .oci/
    .aliyun/ .bluemix/ .kube/ .minikube/ .config/k9s/ .config/helm/ .helm/ .docker/
    .config/containers/auth.json .local/share/containers/ .terraform.d/ .terraformrc .pulumi/
    .config/doctl/ .config/hcloud/ .config/scw/ .config/linode-cli .config/flyctl/ .fly/
    .config/heroku/ .local/share/heroku/ .netlify/ .config/netlify/ .config/vercel/
    .local/share/com.vercel.cli/ .wrangler/ .config/.wrangler/ .config/stripe/ .supabase/
    .config/railway/ .railway/ .snowflake/ .databrickscfg .config/snowflake/ .ansible/ .vagrant.d/
    .chef/ .config/argocd/ .nais/ .cloudflared/ .ngrok2/ .config/ngrok/ .config/tailscale/`,
  ),
  group(
    "forges and registries",
    `.git-credentials .git-credential-cache/ .config/git/credentials .cache/git/credential/
    .config/gh/hosts.yml .config/hub .config/glab-cli/ .config/tea/ .config/github-copilot/ .netrc
    .authinfo .authinfo.gpg .npmrc .yarnrc .yarnrc.yml .config/pnpm/rc .bunfig.toml
    .config/.bunfig.toml .pypirc .config/pip/pip.conf .pip/pip.conf .config/pypoetry/auth.toml
    .config/uv/credentials.toml .local/share/uv/credentials/ .cargo/credentials
    .cargo/credentials.toml .gem/credentials .bundle/config .local/share/gem/credentials
    .m2/settings.xml .m2/settings-security.xml .gradle/gradle.properties .sbt/.credentials
    .ivy2/.credentials .nuget/NuGet/NuGet.Config .config/NuGet/NuGet.Config .composer/auth.json
    .config/composer/auth.json .hex/hex.config .subversion/auth/ .hgrc .config/huggingface/
    .cache/huggingface/token .huggingface/token .kaggle/ .config/cachix/ .config/nix/nix.conf
    .jfrog/ .config/jfrog/ .condarc`,
  ),
  group(
    "databases and remote access",
    `.pgpass .my.cnf .mylogin.cnf .pg_service.conf .mongorc.js .mongodb/ .redisclirc .rediscli_auth
    .config/dbeaver/ .local/share/DBeaverData/ .dbshell .sqliterc .smbcredentials .davfs2/secrets
    .config/rclone/ .cache/rclone/ .config/filezilla/ .filezilla/ .config/remmina/
    .local/share/remmina/ .remmina/ .config/openvpn/ .config/wireguard/ .config/mullvad/
    .config/NordVPN/ .rhosts .shosts .msmtprc .config/msmtp/ .fetchmailrc .mutt/ .muttrc
    .config/mutt/ .config/neomutt/ .mbsyncrc .offlineimaprc .config/aerc/accounts.conf
    .sendgmail.*`,
  ),
  group(
    "histories",
    `.bash_history .zsh_history .history .histfile .sh_history .*_history .*_history_*
    .local/share/fish/fish_history .local/state/bash/ .local/share/atuin/ .local/share/mcfly/
    .local/share/zoxide/ .python_history .python-history .pythonhist
    .ipython/profile_default/history.sqlite .mongosh/ .ghc/ghci_history .julia/logs/ .Rhistory
    .ammonite/history .lesshst .wget-hsts .viminfo .local/state/nvim/ .local/share/nvim/
    .mupdf.history .mutthistory .recently-used .local/share/recently-used.xbel
    .local/share/klipper/ .local/share/greenclip* .cache/greenclip* .cache/clipman/
    .cache/xfce4/clipman/ .local/share/clipman* .cache/cliphist/ .config/copyq/
    .local/share/copyq/ .local/share/Trash/ .thumbnails/ .cache/thumbnails/ .tmux/resurrect/
    .local/share/tmux/ .screenlog* typescript`,
  ),
  group(
    "browsers",
    `.mozilla/ .config/mozilla/ .cache/mozilla/ .librewolf/ .config/librewolf/ .cache/librewolf/
    .zen/ .waterfox/ .floorp/ .basilisk-dev/ .tor-browser/ .local/share/torbrowser/
    .config/torbrowser/ .config/google-chrome*/ .cache/google-chrome*/ .config/chromium*/
    .cache/chromium*/ .config/ungoogled-chromium/ .config/BraveSoftware/ .cache/BraveSoftware/
    .config/brave/ .config/microsoft-edge*/ .cache/microsoft-edge*/ .config/vivaldi*/
    .cache/vivaldi*/ .config/opera*/ .cache/opera*/ .opera*/ .config/qutebrowser/
    .local/share/qutebrowser/ .local/share/epiphany/ .config/falkon/ .var/ snap/`,
  ),
  group(
    "mail, chat, notes",
    `.thunderbird/ .cache/thunderbird/ .config/evolution/ .local/share/evolution/ .cache/evolution/
    .config/geary/ .local/share/geary/ .claws-mail/ .local/share/kmail2/ .local/share/local-mail/
    .nylas-mail/ .config/electron-mail/ Mail/ .mail/ .Mail/ mail/ Maildir/ .maildir/
    .config/Signal/ .local/share/signal-cli/ .config/Slack/ .config/discord*/ .config/Element*/
    .local/share/TelegramDesktop/ .TelegramDesktop/ .config/teams*/ .config/skypeforlinux/
    .config/zoom* .zoom/ .purple/ .config/gajim/ .local/share/gajim/ .weechat/ .config/weechat/
    .irssi/ .config/hexchat/ .local/share/nheko/ .local/share/fractal/ .config/jami*/
    .config/Wire/ .config/obsidian/ .config/joplin*/ .local/share/notes/ .local/share/knotes/`,
    [".config/Standard Notes/"],
  ),
  group(
    "wallets, files in sync",
    `.bitcoin/ .config/Bitcoin/ .dashcore/ .ethereum/ .electrum*/ .config/Exodus/
    .config/monero-project/ Monero/ wallet.dat .sparrow/ .config/solana/ .foundry/keystores/
    .brownie/ .near-credentials/ .dropbox*/ .config/Nextcloud/ .local/share/Nextcloud/
    .config/syncthing/ .local/state/syncthing/ .config/rustdesk/ .config/borg/ .config/restic/
    .config/rustic/ .config/vorta/ Private/ .Private/ .ecryptfs/ .fscrypt .vaults/
    .local/share/plasma-vault/ .VeraCrypt/ .TrueCrypt/ .zuluCrypt/ .snapshots/ .zfs/`,
    [".config/Ledger Live/"],
  ),
  group(
    "agents and editors",
    `.claude/ .claude.json .claude.json.* .local/share/claude/ .local/state/claude/ .codex/ .pi/ .gemini/
    .config/opencode/ .local/share/opencode/ .local/state/opencode/ .cache/opencode/ .aider*
    .config/aider/ .cursor/ .config/Cursor/ .config/Windsurf/ .codeium/ .windsurf/ .copilot/
    .amp/ .config/amp/ .local/share/amp/ .factory/ .kiro/ .local/share/kiro-cli/ .crush/
    .local/share/crush/ .grok/ .qwen/ .continue/ .goose/ .config/goose/ .local/share/goose/
    .ollama/ .config/io.datasette.llm/ .config/Code*/User/globalStorage/
    .config/VSCodium/User/globalStorage/ .config/JetBrains/*/c.kdbx .local/share/zed/`,
  ),
  group(
    "desktop and control sockets",
    `.Xauthority .ICEauthority .colima/ .lima/ .rd/ .orbstack/ .emacs.d/server/ .config/emacs/server/
    .dbus/ .vscode-server/ .cursor-server/ .config/pulse/cookie .pulse-cookie`,
  ),
  group(
    "the system's secrets",
    `/etc/shadow* /etc/gshadow* /etc/passwd- /etc/passwd+ /etc/group- /etc/group+
    /etc/security/opasswd /etc/sudoers /etc/sudoers.d/ /etc/sudo*.conf /etc/doas.conf
    /etc/polkit-1/ /etc/ssh/ssh_host_*_key /etc/ssl/private/ /etc/pki/tls/private/
    /etc/pki/private/ /etc/letsencrypt/ /etc/krb5.keytab /etc/ipsec.secrets /etc/ipsec.d/private/
    /etc/swanctl/private/ /etc/NetworkManager/system-connections/ /etc/wpa_supplicant/
    /var/lib/iwd/ /etc/wireguard/ /etc/openvpn/ /etc/ppp/*-secrets /etc/netplan/
    /etc/davfs2/secrets /etc/msmtprc /etc/boto.cfg /etc/fstab.d/ /etc/samba/*credentials*
    /etc/cifs* /etc/rclone.conf /etc/crypttab /etc/keys/ /etc/cryptsetup-keys.d/ /etc/credstore*/
    /var/lib/sops-nix/ /etc/docker/ /etc/kubernetes/ /etc/rancher/ /var/lib/kubelet/
    /etc/containers/auth.json /etc/nix/netrc /etc/nix/secret-key* /etc/nix/signing-key*
    /etc/gitlab/ /etc/grafana/ /etc/mysql/debian.cnf /etc/postgresql/ /etc/redis/`,
  ),
  group(
    "copies and services' data",
    `/var/backup/ /var/backups/ /var/mail/ /var/spool/mail/ /var/spool/cron/ /var/spool/at/
    /var/lib/systemd/coredump/ /var/crash/ /var/lib/systemd/random-seed
    /var/lib/systemd/credential.secret /var/lib/docker/ /var/lib/containers/ /var/lib/containerd/
    /var/lib/libvirt/ /var/lib/mysql/ /var/lib/mysqld/ /var/lib/postgresql/ /var/lib/redis/
    /var/lib/NetworkManager/ /var/lib/bluetooth/ /var/lib/AccountsService/ /var/lib/fprint/
    /var/lib/tailscale/ /var/lib/private/ /var/lib/lxd/ /var/snap/lxd/ /var/lib/incus/ /var/run/
    /nix/var/nix/daemon-socket/`,
  ),
  group(
    "the kernel's",
    `/sys/firmware/ /sys/kernel/security/ /sys/kernel/debug/ /sys/kernel/tracing/ /sys/fs/fuse/
    /sys/fs/bpf/ /sys/fs/pstore/`,
  ),
];

/**
 * Names at the top of the file system that are not shown: new in every sandbox, other
 * people's, other disks', or copies.
 */
export const NOT_SHOWN: readonly string[] =
  `proc dev run tmp home root boot efi init initrd* mnt media srv
  lost+found swapfile swap.img crypto_keyfile.bin .fscrypt .snapshots timeshift .zfs`.split(/\s+/u);

/** Variables that move what is below a home; what is hidden there is hidden in both places. */
export const MOVED_BY: Readonly<Record<string, string>> = {
  XDG_CONFIG_HOME: ".config/",
  XDG_DATA_HOME: ".local/share/",
  XDG_STATE_HOME: ".local/state/",
  XDG_CACHE_HOME: ".cache/",
  CARGO_HOME: ".cargo/",
};

/** Variables that hold the path of something to be hidden, or several with colons between. */
export const NAMED_BY: readonly string[] = `GNUPGHOME PASSWORD_STORE_DIR DOCKER_CONFIG KUBECONFIG
  AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE AZURE_CONFIG_DIR CLOUDSDK_CONFIG
  GOOGLE_APPLICATION_CREDENTIALS GH_CONFIG_DIR NPM_CONFIG_USERCONFIG NETRC PGPASSFILE HISTFILE
  XAUTHORITY ICEAUTHORITY CLAUDE_CONFIG_DIR CODEX_HOME PI_CODING_AGENT_DIR`.split(/\s+/u);

/**
 * The little of /run that is shown: files that `journalctl` reads, and links of NixOS. No
 * socket: see docs/security.md.
 */
export const SHOWN_OF_RUN: readonly string[] = [
  "/run/log/journal",
  "/run/current-system",
  "/run/booted-system",
  "/run/opengl-driver",
  "/run/opengl-driver-32",
];

function group(name: string, words: string, others: readonly string[] = []): SensitiveGroup {
  return { name, paths: [...words.trim().split(/\s+/u), ...others] };
}
