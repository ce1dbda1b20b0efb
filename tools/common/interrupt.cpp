#include "common/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace limsym::cli {

namespace {

// A handler can reach nothing but a global.
std::atomic<int> remembered{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void remember(int signal_number) {
    remembered.store(signal_number, std::memory_order_relaxed);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

} // namespace

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = remember;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int number : {SIGINT, SIGTERM})
        ::sigaction(number, &action, nullptr);
}

int interrupt_signal() {
    return remembered.load(std::memory_order_relaxed);
}

} // namespace limsym::cli
