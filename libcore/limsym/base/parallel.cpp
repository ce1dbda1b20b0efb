#include "limsym/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

namespace limsym::base {

// Built in place: global_control registers its own address, and a copy of it would limit nothing.
struct ThreadLimit::Control {
    explicit Control(unsigned threads) : control(tbb::global_control::max_allowed_parallelism, threads) {}
    tbb::global_control control;
};

ThreadLimit::ThreadLimit(unsigned threads) : control_(std::make_unique<Control>(std::max(1U, threads))) {}

ThreadLimit::~ThreadLimit() = default;

unsigned thread_limit() {
    return static_cast<unsigned>(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
}

namespace {

// The failure of the smallest index wins; larger indices are skipped once it is known.
class FirstFailure {
public:
    bool before(std::size_t index) const { return index < smallest_.load(std::memory_order_relaxed); }
    void record(std::size_t index) {
        const std::lock_guard lock(mutex_);
        if (index < smallest_.load(std::memory_order_relaxed)) {
            smallest_.store(index, std::memory_order_relaxed);
            error_ = std::current_exception();
        }
    }
    void rethrow() const {
        if (error_) std::rethrow_exception(error_);
    }

private:
    std::atomic<std::size_t> smallest_{static_cast<std::size_t>(-1)};
    std::mutex mutex_;
    std::exception_ptr error_;
};

/// Runs `work` in `workers` threads, the caller's among them.
template <typename Work>
void run_workers(std::size_t workers, const Work& work) {
#ifdef __SANITIZE_THREAD__
    // The library of TBB is not instrumented, so the sanitizer cannot see what it orders.
    std::vector<std::thread> others;
    for (std::size_t k = 1; k < workers; ++k)
        others.emplace_back(work);
    work();
    for (std::thread& other : others)
        other.join();
#else
    tbb::parallel_for(
        std::size_t{0}, workers, [&](std::size_t) { work(); }, tbb::simple_partitioner());
#endif
}

template <typename Body>
void run_pieces(std::size_t count, const Body& body) {
    if (count == 0) return;
    FirstFailure failure;
    const auto guarded = [&](std::size_t i) {
        if (!failure.before(i)) return;
        try {
            body(i);
        } catch (...) {
            failure.record(i);
        }
    };
    if (count == 1 || thread_limit() == 1) {
        for (std::size_t i = 0; i < count; ++i)
            guarded(i);
    } else {
        // Pieces are claimed in index order, so that a long loop advances from the front.
        std::atomic<std::size_t> next{0};
        run_workers(std::min<std::size_t>(count, thread_limit()), [&] {
            for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1))
                guarded(i);
        });
    }
    failure.rethrow();
}

} // namespace

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
    run_pieces(count, body);
}

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body, const Monitor& monitor,
                  std::string_view what) {
    monitor.check();
    const std::thread::id owner = std::this_thread::get_id();
    std::atomic<std::size_t> done{0};
    std::atomic<bool> stop{false};
    auto reported = std::chrono::steady_clock::now();
    run_pieces(count, [&](std::size_t i) {
        if (stop.load(std::memory_order_relaxed)) throw Interrupted();
        body(i);
        const std::size_t finished = done.fetch_add(1) + 1;
        if (std::this_thread::get_id() != owner) return;
        if (monitor.stop_requested && monitor.stop_requested()) {
            stop.store(true, std::memory_order_relaxed);
            throw Interrupted();
        }
        // A report may draw on a terminal; small pieces must not pay for it each time.
        const auto now = std::chrono::steady_clock::now();
        if (!monitor.report || now - reported < std::chrono::milliseconds(50)) return;
        reported = now;
        monitor.report(static_cast<double>(finished), static_cast<double>(count), what);
    });
    if (monitor.report) monitor.report(static_cast<double>(count), static_cast<double>(count), what);
}

double parallel_sum(std::size_t count, const std::function<double(std::size_t)>& term) {
    constexpr std::size_t block = 4096;
    const std::size_t blocks = (count + block - 1) / block;
    std::vector<double> partial(blocks, 0.0);
    parallel_for(blocks, [&](std::size_t b) {
        double sum = 0.0;
        for (std::size_t i = b * block; i < std::min(count, (b + 1) * block); ++i)
            sum += term(i);
        partial[b] = sum;
    });
    double total = 0.0;
    for (const double sum : partial)
        total += sum;
    return total;
}

} // namespace limsym::base
