#include "limsym/numerics/blas.hpp"

#include <dlfcn.h>
#include <memory>
#include <mutex>

#include <cblas.h>
#include <tbb/task_scheduler_observer.h>

#include "limsym/base/error.hpp"

namespace limsym::numerics {

namespace {

constexpr int openmp_flavour = 2; // of openblas_get_parallel(); 0 is serial, 1 pthreads

// OpenMP keeps the number of threads for each thread apart: every worker that joins sets its own.
class SerialWorkers : public tbb::task_scheduler_observer {
public:
    using SetThreads = void (*)(int);
    explicit SerialWorkers(SetThreads set_threads) : set_threads_(set_threads) {
        set_threads_(1);
        observe(true);
    }
    SerialWorkers(const SerialWorkers&) = delete;
    SerialWorkers& operator=(const SerialWorkers&) = delete;
    ~SerialWorkers() override { observe(false); }
    void on_scheduler_entry(bool) override { set_threads_(1); }

private:
    SetThreads set_threads_;
};

void make_openmp_serial() {
    const auto set_threads = reinterpret_cast<SerialWorkers::SetThreads>(::dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    if (set_threads == nullptr)
        throw base::WorkError("the OpenBLAS that is loaded runs OpenMP threads of its own, which would change results; "
                              "expected its pthread or serial flavour (libopenblas0-pthread)");
    static const std::unique_ptr<SerialWorkers> workers = std::make_unique<SerialWorkers>(set_threads);
}

} // namespace

void use_serial_blas() {
    static std::once_flag once;
    std::call_once(once, [] {
        openblas_set_num_threads(1);
        if (openblas_get_parallel() == openmp_flavour) make_openmp_serial();
    });
}

std::string blas_description() {
    // The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": name and version come first.
    const std::string configuration = openblas_get_config();
    const std::size_t name_end = configuration.find(' ');
    const std::size_t version_end =
        name_end == std::string::npos ? std::string::npos : configuration.find(' ', name_end + 1);
    return configuration.substr(0, version_end) + " " + openblas_get_corename();
}

} // namespace limsym::numerics
