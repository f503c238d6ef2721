// A program without a library that makes one system call, for attacks that no shell can spell. 64 bits, x86 only.
//   ./call NUMBER ARGUMENT…     prints "call-worked" or "errno N"; an argument is a number, or "@TEXT" for its address
//   ./call i386 NUMBER …        the same through the 32-bit entry, whose numbers are other ones
//   ./call hoard                keeps 40 MB in each of 24 files that have no name and are nobody's memory
//   ./call segments             the same in shared memory that nobody has attached
// gcc -Os -nostdlib -static -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
//   -Wl,-N,--build-id=none -s -o call system-call.c && base64 -w0 call > system-call.b64
typedef long word;
static char scratch[1 << 16];

static word call(word n, word a, word b, word c, word d, word e, word f) {
  register word r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  word result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static word call32(word n, word a, word b, word c) {
  word result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(n), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}

static word valueOf(char *text) {
  if (*text == '@') return (word)(text[1] ? text + 1 : scratch);
  word sign = *text == '-' ? -1 : 1, value = 0;
  for (text += *text == '-'; *text; text++) value = value * 10 + *text - '0';
  return sign * value;
}

static void say(word result) {
  char line[24] = "errno ";
  if (result >= 0) {
    call(1, 1, (word) "call-worked\n", 12, 0, 0, 0);
    return;
  }
  word value = -result, at = 6;
  for (word unit = 1000; unit; unit /= 10) line[at++] = '0' + value / unit % 10;
  line[at++] = '\n';
  call(1, 1, (word)line, at, 0, 0, 0);
}

static void hoard(void) {
  for (int file = 0; file < 24; file++) {
    word descriptor = call(319, (word) "hoard", 0, 0, 0, 0, 0);
    for (int part = 0; part < 640; part++) call(1, descriptor, (word)scratch, sizeof scratch, 0, 0, 0);
  }
}

static void segments(void) {
  for (int segment = 0; segment < 24; segment++) {
    word id = call(29, 0, 40 << 20, 0600, 0, 0, 0);
    char *at = (char *)call(30, id, 0, 0, 0, 0, 0);
    if ((word)at < 0 && (word)at > -4096) continue;
    for (word byte = 0; byte < 40 << 20; byte += 4096) at[byte] = 1;
    call(67, (word)at, 0, 0, 0, 0, 0);
  }
}

__attribute__((used)) static void start(word *stack) {
  word count = stack[0], values[8] = {0};
  char **words = (char **)(stack + 1);
  word time[2] = {3, 0};
  if (count > 1 && (words[1][0] == 'h' || words[1][0] == 's')) {
    words[1][0] == 'h' ? hoard() : segments();
    call(35, (word)time, 0, 0, 0, 0, 0);
  } else {
    word is32 = count > 1 && words[1][0] == 'i';
    for (word at = 1 + is32; at < count && at - is32 < 8; at++) values[at - 1 - is32] = valueOf(words[at]);
    say(is32 ? call32(values[0], values[1], values[2], values[3])
             : call(values[0], values[1], values[2], values[3], values[4], values[5], values[6]));
  }
  call(231, 0, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\nand $-16, %rsp\ncall start\n");
