/* Read before the C library's own `read` (ld.so --preload): whoever reads a timer's expirations (8 bytes) takes 9 ms longer.
 * It makes an instant of Asterisk's ChanSpy, between looking at its party and taking sound from it, long enough to be met.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

ssize_t read(int fd, void *buffer, size_t count)
{
    static ssize_t (*plain)(int, void *, size_t);
    ssize_t got;

    if (!plain)
        plain = dlsym(RTLD_NEXT, "read");
    got = plain(fd, buffer, count);
    if (count == 8 && got == 8)
        usleep(9000);
    return got;
}
