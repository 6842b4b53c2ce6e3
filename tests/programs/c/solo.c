// A command in C that does what its first argument names, for the comparison with another host.

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The exception by which longjmp jumps. The C library of this toolchain only refers to it.
__asm__(".tagtype __c_longjmp i32\n.globl __c_longjmp\n__c_longjmp:\n");

static jmp_buf start;

static void dive(int depth) {
  if (depth == 0) longjmp(start, 7);
  dive(depth - 1);
  puts("never here");
}

static int jump(void) {
  volatile int times = 0;
  int value = setjmp(start);
  printf("%d %d\n", times++, value);
  if (value < 7) dive(1000);
  return 0;
}

static int copy(const char *from, const char *to) {
  FILE *source = fopen(from, "rb"), *target = fopen(to, "wb");
  if (!source || !target) {
    fprintf(stderr, "%s\n", strerror(errno));
    return 1;
  }
  char bytes[1000];
  size_t length;
  while ((length = fread(bytes, 1, sizeof bytes, source)) > 0) fwrite(bytes, 1, length, target);
  return fclose(target) | fclose(source);
}

int main(int argc, char **argv) {
  const char *action = argc > 1 ? argv[1] : "";
  if (!strcmp(action, "jump")) return jump();
  if (!strcmp(action, "copy")) return copy(argv[2], argv[3]);
  if (!strcmp(action, "lines")) {
    for (int n = 0; n < atoi(argv[2]); n++) printf("line %d\n", n);
    return 0;
  }
  if (!strcmp(action, "get")) return printf("%s\n", getenv(argv[2])) < 0;
  if (!strcmp(action, "exit")) exit(atoi(argv[2]));
  abort();
}
