// Parallel loops over fixed pieces of work: which piece is computed never depends on the number of threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "limsym/base/monitor.hpp"

namespace limsym::base {

/// At most `threads` (>= 1) threads run parallel loops while this object lives.
class ThreadLimit {
public:
    explicit ThreadLimit(unsigned threads);
    ThreadLimit(const ThreadLimit&) = delete;
    ThreadLimit& operator=(const ThreadLimit&) = delete;
    ~ThreadLimit();

private:
    struct Control;
    std::unique_ptr<Control> control_;
};

/// Threads that a parallel loop may use now.
[[nodiscard]] unsigned thread_limit();

/// Calls body(i) once for every i in [0, count), in parallel, in no promised order.
/// The exception of the smallest failing i is rethrown, so that errors do not depend on timing.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

/// As above, with progress `what` counted in pieces; an interrupt stops it between pieces (Interrupted).
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body, const Monitor& monitor,
                  std::string_view what);

/// Sum over i in [0, count) of term(i), in blocks of fixed size added in fixed order: the same bits for any
/// number of threads.
[[nodiscard]] double parallel_sum(std::size_t count, const std::function<double(std::size_t)>& term);

} // namespace limsym::base
