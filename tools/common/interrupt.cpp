#include "common/interrupt.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <unistd.h>

#include "limsym/base/unfinished_files.hpp"

namespace limsym::cli {

namespace {

constexpr std::array<int, 2> signals{SIGINT, SIGTERM};

// A handler can reach nothing but globals.
std::atomic<int> remembered{0};
static_assert(std::atomic<int>::is_always_lock_free);
std::array<char, 256> last_line{};

extern "C" void end_process(int signal_number) {
    base::remove_unfinished_files();
    // Nothing is left to be done about a failed write.
    if (::write(STDERR_FILENO, last_line.data(), std::strlen(last_line.data())) < 0) ::_exit(128 + signal_number);
    ::_exit(128 + signal_number);
}

void handle(int signal_number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(signal_number, &action, nullptr);
}

extern "C" void remember(int signal_number) {
    remembered.store(signal_number, std::memory_order_relaxed);
    for (const int number : signals)
        handle(number, end_process);
}

bool ignored(int signal_number) {
    struct sigaction present {};
    return ::sigaction(signal_number, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

} // namespace

void end_on_interrupt(const std::string& tool) {
    // On a terminal the line takes the place of a progress bar or of an echoed ^C.
    const char* kind = std::getenv("TERM");
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
    const std::string line = (terminal ? "\r\x1b[K" : "") + tool + ": interrupted\n";
    line.copy(last_line.data(), last_line.size() - 1);
    for (const int number : signals)
        if (!ignored(number)) handle(number, end_process);
}

void catch_interrupts() {
    for (const int number : signals)
        handle(number, remember);
}

int interrupt_signal() {
    return remembered.load(std::memory_order_relaxed);
}

} // namespace limsym::cli
