/** Programs that are denied for one and the same reason. */
export interface ProgramGroup {
  readonly names: readonly string[];
  /** What they are, after "is". */
  readonly what: string;
  /** Why they are denied, and what to do instead: for the model. */
  readonly advice: string;
}

/**
 * What the policy denies by default: the original's list, and the programs that do the same by other means. A name
 * covers its versions and variants too: `python` covers `python3.11`, `gcc` covers `x86_64-linux-gnu-gcc-12`.
 */
export const DENIED_GROUPS: readonly ProgramGroup[] = [
  {
    names: words(
      'aria2c axel curl dig drill finger ftp host iperf lftp links lynx mail mailx mariadb mongo mongosh mosh mtr ' +
        'mutt mysql mysqldump nc ncat netcat ngrep nmap nslookup ping ping6 pg_dump psql redis-cli rlogin rsh rsync ' +
        'scp sendmail sftp slogin smbclient socat ssh ssh-add ssh-agent ssh-copy-id ssh-keygen ssh-keyscan sshd sshfs sslscan tcpdump telnet tftp ' +
        'tracepath traceroute w3m wget wget2 whois xh http https websocat',
    ),
    what: 'a networking program',
    advice: 'There is no network here. Work with the files in the sandbox.',
  },
  {
    names: words(
      'bun chibi-scheme clisp csh csi deno dotnet elixir erl escript expect fennel fish ghci gjs gnuplot ' +
        'gosh groovy guile iex ipython ipython3 irb java jjs jruby js julia kotlin lua luajit luatex mono node ' +
        'nodejs ocaml octave osascript perl perl5 php php-cgi pwsh pydoc pypy pypy3 python python3 qjs racket raku ' +
        'Rscript R rhino ruby runghc runhaskell sbcl scala scheme swift swipl tclsh tcsh texlua ts-node tsx wish',
    ),
    what: 'an interpreter',
    advice: 'Interpreters are switched off. Use shell tools such as awk, sed, grep, sort, cut and tr.',
  },
  {
    names: words(
      'as bazel c++ c89 c99 cargo cc clang clang++ cmake cpp dmd fpc g++ gcc gdc gfortran ghc gmake gnat go ' +
        'gold ghdl gradle javac ld lld make meson mvn nasm nim ninja rustc scons swiftc tcc valac yasm zig',
    ),
    what: 'a compiler or a tool that runs one',
    advice:
      'Nothing is compiled or built here. Do the steps with shell tools, or write the source files and stop there.',
  },
  {
    names: words(
      'apk apt apt-get aptitude brew bundle bundler conda corepack dnf dpkg dpkg-reconfigure easy_install emerge ' +
        'flatpak gem mamba nix nix-env nix-shell npm npx pacman pip pip3 pipx pnpm poetry rpm snap uv uvx yarn yum zypper',
    ),
    what: 'a package manager',
    advice: 'Nothing can be installed here. Use the programs that are there: which NAME tells whether one is.',
  },
  {
    names: words(
      'fuser halt init kill killall killall5 pkill poweroff reboot renice shutdown skill slay ' +
        'snice start-stop-daemon telinit xkill',
    ),
    what: 'a program that controls processes or the machine',
    advice: 'Processes end by themselves when your command ends. Use timeout to bound a command.',
  },
  {
    names: words('bpftrace crash gcore gdb gdbserver lldb ltrace perf rr strace sysdig valgrind'),
    what: 'a debugger or tracer',
    advice: 'Other processes are not yours to look into. To see what a script does use: bash -x FILE',
  },
  {
    names: words('chattr chgrp chmod chown setcap setfacl setfattr sg su sudo sudoedit doas newgrp pkexec runuser'),
    what: 'a program that changes permissions or users',
    advice: 'Files that you make are already yours. To run a script, type bash and its name.',
  },
  {
    names: words(
      'adduser buildah bwrap capsh chpasswd chroot containerd crictl ctr debugfs docker docker-compose fakechroot ' +
        'fakeroot firejail fusermount fusermount3 helm insmod kubectl kmod linux32 linux64 losetup lxc lxc-attach machinectl mkfs ' +
        'mknod modprobe mount newgidmap newuidmap nerdctl nsenter passwd pivot_root podman proot qemu-system-x86_64 ' +
        'rmmod runc setarch setpriv swapoff swapon switch_root sysctl umount unshare useradd usermod vagrant virsh',
    ),
    what: 'a program that changes namespaces, mounts, users or the system',
    advice: 'You are in a sandbox that stays as it is. Work with the files in it.',
  },
  {
    names: words(
      'abduco anacron at atd batch busctl byobu cron crond crontab dbus-launch dbus-send dtach gdbus ' +
        'initctl loginctl rc-service screen script scriptlive scriptreplay service supervisord systemctl systemd-run ' +
        'tmux ttyd xdg-open zellij logrotate run-parts run-mailcap',
    ),
    what: 'a program that runs others later, or in a place of their own',
    advice: 'Only what ends with your command is kept. Run the program itself, and use SLEEP to wait.',
  },
  {
    names: words(
      'ee elvis emacs emacsclient ex gedit gvim helix hx jed joe kak mcedit micro mg nano ne nvi nvim pico red ' +
        'rnano rview rvim vi view vigr vim vimdiff vimtutor vipw vis visudo',
    ),
    what: 'an interactive editor',
    advice: 'Nobody types into it here. Write files with cat and a here-document, and change them with sed -i.',
  },
];

function words(text: string): readonly string[] {
  return text.split(' ');
}
