// Sends one frame again and again at a steady rate until it is killed: flood IFACE RATE FRAME, the frame as hex.
// Its last octet, the end of an ARP target, counts up: no two frames in a row ask the same.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define FRAME_MOST 256
#define BATCH_NS 1000000L
#define SECOND_NS 1000000000L

int main(int count, char **words) {
  if (count != 4 || strlen(words[3]) / 2 > FRAME_MOST) {
    fprintf(stderr, "Cannot flood: wanted IFACE RATE FRAME\n");
    return 1;
  }
  unsigned char frame[FRAME_MOST] = {0};
  const size_t length = strlen(words[3]) / 2;
  for (size_t i = 0; i < length; i++) sscanf(words[3] + 2 * i, "%2hhx", &frame[i]);
  const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(words[1])};
  const int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) return perror("Cannot flood"), 1;
  const long batch = atol(words[2]) / (SECOND_NS / BATCH_NS);
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (;;) {
    for (long i = 0; i < batch; i++) {
      frame[length - 1]++;
      if (send(fd, frame, length, 0) < 0) break;
    }
    next.tv_nsec += BATCH_NS;
    if (next.tv_nsec >= SECOND_NS) {
      next.tv_nsec -= SECOND_NS;
      next.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
}
