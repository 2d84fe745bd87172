#include "worker/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define OUR_ARCH AUDIT_ARCH_ARM
#elif defined(__riscv)
#define OUR_ARCH AUDIT_ARCH_RISCV64
#else
#error "no name of this architecture for seccomp: add it to worker/seccomp.c"
#endif

#define KILL_PROCESS 0x80000000U /* headers before Linux 4.14 lack it, kernels then kill too */
#define X32_BIT      0x40000000U /* other calls under other numbers, on x86-64 alone */

/* Newer than some headers; from 424 on all architectures have the same numbers. */
enum {
    PIDFD_GETFD = 438,
    OPEN_TREE = 428,
    MOVE_MOUNT = 429,
    FSOPEN = 430,
    FSCONFIG = 431,
    FSMOUNT = 432,
    FSPICK = 433,
    IO_URING_SETUP = 425,
    IO_URING_ENTER = 426,
    IO_URING_REGISTER = 427,
    MOUNT_SETATTR = 442
};

#define NETWORK 7 /* of the list */

static const uint16_t forbidden[] = {
    /* the network */
    SYS_socket,
    SYS_socketpair,
    SYS_bind,
    SYS_connect,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    /* other programs, other processes */
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    PIDFD_GETFD,
    /* mounts and name spaces */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    OPEN_TREE,
    MOVE_MOUNT,
    FSOPEN,
    FSCONFIG,
    FSMOUNT,
    FSPICK,
    MOUNT_SETATTR,
    SYS_open_by_handle_at,
    /* the machine */
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_mknodat,
    /* the clock */
    SYS_clock_adjtime,
    SYS_adjtimex,
#ifdef SYS_settimeofday
    SYS_settimeofday,
#endif
#ifdef SYS_clock_settime
    SYS_clock_settime,
#endif
#ifdef SYS_clock_settime64
    SYS_clock_settime64,
#endif
#ifdef SYS_clock_settime32 /* musl's names for those of 32 bits */
    SYS_clock_settime32,
    SYS_settimeofday_time32,
#endif
    /* what kernels had most of their holes in */
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    IO_URING_SETUP,
    IO_URING_ENTER,
    IO_URING_REGISTER,
#ifdef SYS_mknod
    SYS_mknod,
#endif
#ifdef SYS_iopl
    SYS_iopl,
    SYS_ioperm,
#endif
};

#define COUNT  (sizeof forbidden / sizeof *forbidden)
#define HEAD   5 /* instructions before the list */
#define LENGTH (HEAD + COUNT + 2)
_Static_assert(COUNT < 250, "a jump goes 255 instructions far");

/* if (the loaded word `how` k) skip `yes` instructions, else `no`. */
static struct sock_filter jump(uint16_t how, uint32_t k, size_t yes, size_t no)
{
    return (struct sock_filter){(uint16_t)(BPF_JMP | how | BPF_K), (uint8_t)yes, (uint8_t)no, k};
}

static struct sock_filter load(size_t offset)
{
    return (struct sock_filter){BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset};
}

static struct sock_filter end(uint32_t action)
{
    return (struct sock_filter){BPF_RET | BPF_K, 0, 0, action};
}

/* Of the list without its `first`. The last two instructions allow and kill. */
static void write_filter(struct sock_filter filter[LENGTH], size_t first)
{
    const size_t count = COUNT - first;
    filter[0] = load(offsetof(struct seccomp_data, arch));
    filter[1] = jump(BPF_JEQ, OUR_ARCH, 1, 0);
    filter[2] = end(KILL_PROCESS);
    filter[3] = load(offsetof(struct seccomp_data, nr));
    filter[4] = jump(BPF_JGE, X32_BIT, count + 1, 0);
    for (size_t i = 0; i < count; i++)
        filter[HEAD + i] = jump(BPF_JEQ, forbidden[first + i], count - i, 0);
    filter[HEAD + count] = end(SECCOMP_RET_ALLOW);
    filter[HEAD + count + 1] = end(KILL_PROCESS);
}

bool hf_seccomp_works(void)
{
    return prctl(PR_SET_SECCOMP, (unsigned long)SECCOMP_MODE_FILTER, NULL) != 0 && errno == EFAULT;
}

bool hf_seccomp_enter(bool network)
{
    struct sock_filter filter[LENGTH];
    const size_t first = network ? NETWORK : 0;
    const struct sock_fprog program = {(unsigned short)(LENGTH - first), filter};
    write_filter(filter, first);
    return prctl(PR_SET_SECCOMP, (unsigned long)SECCOMP_MODE_FILTER, &program) == 0;
}
