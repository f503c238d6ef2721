/**
 * The jail's system call filter: a classic BPF program for `bwrap --seccomp`.
 *
 * What it refuses: changing mounts and namespaces, looking into other processes, kernel modules, keys, bpf, io_uring,
 * clocks, typing into the terminal, memory that no process holds (System V), files that grow without being written, and
 * every socket that is not AF_UNIX (a network namespace does not cover AF_VSOCK).
 *
 * @returns null on an architecture whose system call numbers we do not know. x64 is tested; the program for arm64 is
 * built from the kernel's tables and has never been run.
 */
export function buildSeccompFilter(arch: string): Buffer | null {
  if (arch === 'x64') return assemble(program(x64));
  if (arch === 'arm64') return assemble(program(arm64));
  return null;
}

interface Architecture {
  /** AUDIT_ARCH_*: what the kernel says the caller's architecture is. */
  readonly audit: number;
  /** x64 only: numbers from here on belong to the x32 ABI, and would get past a filter by number. */
  readonly foreignFrom: number | null;
  readonly refused: Readonly<Record<string, number>>;
  readonly clone: number;
  readonly clone3: number;
  readonly ioctl: number;
  readonly socket: number;
  readonly fallocate: number;
}

function program(arch: Architecture): Instruction[] {
  return [
    load(ARCHITECTURE),
    ...unless(equals(arch.audit), [answer(KILL_PROCESS)]),
    load(SYSTEM_CALL),
    ...(arch.foreignFrom === null ? [] : when(atLeast(arch.foreignFrom), [answer(error(ENOSYS))])),
    ...Object.values(arch.refused).flatMap((number) => when(equals(number), [answer(error(EPERM))])),
    // Its flags are behind a pointer that a filter cannot follow; without it, libc falls back to clone.
    ...when(equals(arch.clone3), [answer(error(ENOSYS))]),
    ...when(equals(arch.clone), [
      load(ARGUMENT_0),
      ...when(hasAny(CLONE_NEW_ANY), [answer(error(EPERM))]),
      answer(ALLOW),
    ]),
    ...when(equals(arch.ioctl), [
      load(ARGUMENT_1),
      ...when(equals(TIOCSTI), [answer(error(EPERM))]),
      ...when(equals(TIOCLINUX), [answer(error(EPERM))]),
      answer(ALLOW),
    ]),
    ...when(equals(arch.socket), [
      load(ARGUMENT_0),
      ...when(equals(AF_UNIX), [answer(ALLOW)]),
      answer(error(EAFNOSUPPORT)),
    ]),
    // It fills a disk faster than anybody can watch; libc and programs write instead.
    ...when(equals(arch.fallocate), [answer(error(EOPNOTSUPP))]),
    answer(ALLOW),
  ];
}

// ---- A small assembler -------------------------------------------------------------------------------------------

interface Instruction {
  readonly code: number;
  /** How many instructions to skip when the test holds, and when it does not. */
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

type Test = Pick<Instruction, 'code' | 'value'>;

// Offsets in struct seccomp_data. Arguments are 64 bits wide; the lower half comes first on both architectures.
const SYSTEM_CALL = 0;
const ARCHITECTURE = 4;
const ARGUMENT_0 = 16;
const ARGUMENT_1 = 24;

const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const error = (errno: number): number => 0x00050000 | errno;

const load = (offset: number): Instruction => ({ code: 0x20, ifTrue: 0, ifFalse: 0, value: offset });
const answer = (value: number): Instruction => ({ code: 0x06, ifTrue: 0, ifFalse: 0, value });
const equals = (value: number): Test => ({ code: 0x15, value });
const atLeast = (value: number): Test => ({ code: 0x35, value });
const hasAny = (bits: number): Test => ({ code: 0x45, value: bits });

/** Runs the block when the test holds. A block that does not answer falls through to what follows. */
function when(test: Test, block: readonly Instruction[]): Instruction[] {
  return [{ ...test, ifTrue: 0, ifFalse: block.length }, ...block];
}

function unless(test: Test, block: readonly Instruction[]): Instruction[] {
  return [{ ...test, ifTrue: block.length, ifFalse: 0 }, ...block];
}

function assemble(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [index, { code, ifTrue, ifFalse, value }] of instructions.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}

// ---- Numbers from the kernel's headers ----------------------------------------------------------------------------

const EPERM = 1;
const ENOSYS = 38;
const EOPNOTSUPP = 95;
const EAFNOSUPPORT = 97;
const AF_UNIX = 1;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const CLONE_NEW_ANY = 0x7e020000;

/** The same on every architecture. */
const recent = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  pidfd_getfd: 438,
  mount_setattr: 442,
};

const x64: Architecture = {
  audit: 0xc000003e,
  foreignFrom: 0x40000000,
  clone: 56,
  clone3: 435,
  ioctl: 16,
  socket: 41,
  fallocate: 285,
  refused: {
    ...recent,
    acct: 163,
    add_key: 248,
    adjtimex: 159,
    bpf: 321,
    chroot: 161,
    clock_adjtime: 305,
    clock_settime: 227,
    delete_module: 176,
    finit_module: 313,
    init_module: 175,
    ioperm: 173,
    iopl: 172,
    kcmp: 312,
    kexec_file_load: 320,
    kexec_load: 246,
    keyctl: 250,
    mbind: 237,
    migrate_pages: 256,
    mount: 165,
    move_pages: 279,
    msgget: 68,
    name_to_handle_at: 303,
    open_by_handle_at: 304,
    perf_event_open: 298,
    personality: 135,
    pivot_root: 155,
    process_vm_readv: 310,
    process_vm_writev: 311,
    ptrace: 101,
    quotactl: 179,
    reboot: 169,
    request_key: 249,
    semget: 64,
    set_mempolicy: 238,
    setns: 308,
    settimeofday: 164,
    shmget: 29,
    swapoff: 168,
    swapon: 167,
    syslog: 103,
    umount2: 166,
    unshare: 272,
    userfaultfd: 323,
  },
};

const arm64: Architecture = {
  audit: 0xc00000b7,
  foreignFrom: null,
  clone: 220,
  clone3: 435,
  ioctl: 29,
  socket: 198,
  fallocate: 47,
  refused: {
    ...recent,
    acct: 89,
    add_key: 217,
    adjtimex: 171,
    bpf: 280,
    chroot: 51,
    clock_adjtime: 266,
    clock_settime: 112,
    delete_module: 106,
    finit_module: 273,
    init_module: 105,
    kcmp: 272,
    kexec_file_load: 294,
    kexec_load: 104,
    keyctl: 219,
    mbind: 235,
    migrate_pages: 238,
    mount: 40,
    move_pages: 239,
    msgget: 186,
    name_to_handle_at: 264,
    open_by_handle_at: 265,
    perf_event_open: 241,
    personality: 92,
    pivot_root: 41,
    process_vm_readv: 270,
    process_vm_writev: 271,
    ptrace: 117,
    quotactl: 60,
    reboot: 142,
    request_key: 218,
    semget: 190,
    set_mempolicy: 237,
    setns: 268,
    settimeofday: 170,
    shmget: 194,
    swapoff: 225,
    swapon: 224,
    syslog: 116,
    umount2: 39,
    unshare: 97,
    userfaultfd: 282,
  },
};
