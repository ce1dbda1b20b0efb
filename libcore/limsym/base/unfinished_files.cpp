#include "limsym/base/unfinished_files.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <unistd.h>

namespace limsym::base {

namespace {

enum SlotState { empty, changing, remembered };

struct Slot {
    std::atomic<int> state{empty};
    std::array<char, 4096> path{};
};

// A signal handler can reach nothing but a global, and may neither lock nor allocate.
std::array<Slot, 64> slots;
static_assert(std::atomic<int>::is_always_lock_free);

} // namespace

void remember_unfinished(const std::string& path) {
    if (path.size() >= slots[0].path.size()) return;
    for (Slot& slot : slots) {
        int expected = empty;
        if (!slot.state.compare_exchange_strong(expected, changing)) continue;
        std::memcpy(slot.path.data(), path.c_str(), path.size() + 1);
        slot.state.store(remembered);
        return;
    }
}

void forget_unfinished(const std::string& path) {
    for (Slot& slot : slots) {
        int expected = remembered;
        if (!slot.state.compare_exchange_strong(expected, changing)) continue;
        const bool found = path == slot.path.data();
        slot.state.store(found ? empty : remembered);
        if (found) return;
    }
}

void remove_unfinished_files() noexcept {
    for (Slot& slot : slots)
        if (slot.state.load() == remembered) ::unlink(slot.path.data());
}

} // namespace limsym::base
