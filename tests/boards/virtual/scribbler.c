/* A handler that makes a file in the root folder; it tells why it cannot. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    const char *said = open("/scribble", O_CREAT | O_WRONLY, 0600) < 0 ? strerror(errno) : "made";
    return puts(said) < 0;
}
