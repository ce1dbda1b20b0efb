#include "limsym/numerics/lapack.hpp"

// Fortran passes the lengths of character arguments last.
extern "C" {
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t uplo_length);
void dtrtri_(const char* uplo, const char* diag, const int* n, double* a, const int* lda, int* info,
             std::size_t uplo_length, std::size_t diag_length);
void dlauum_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t uplo_length);
void dsterf_(const int* n, double* d, double* e, int* info);
void dpstrf_(const char* uplo, const int* n, double* a, const int* lda, int* piv, int* rank, const double* tol,
             double* work, int* info, std::size_t uplo_length);
void dsyevd_(const char* jobz, const char* uplo, const int* n, double* a, const int* lda, double* w, double* work,
             const int* lwork, int* iwork, const int* liwork, int* info, std::size_t jobz_length,
             std::size_t uplo_length);
}

namespace limsym::numerics::lapack {

int cholesky_lower(std::size_t n, double* a, std::size_t stride) {
    const int order = static_cast<int>(n);
    const int lda = static_cast<int>(stride);
    int info = 0;
    dpotrf_("L", &order, a, &lda, &info, 1);
    return info;
}

void invert_lower(std::size_t n, double* a, std::size_t stride) {
    const int order = static_cast<int>(n);
    const int lda = static_cast<int>(stride);
    int info = 0;
    dtrtri_("L", "N", &order, a, &lda, &info, 1, 1);
}

void lower_transposed_times_lower(std::size_t n, double* a, std::size_t stride) {
    const int order = static_cast<int>(n);
    const int lda = static_cast<int>(stride);
    int info = 0;
    dlauum_("L", &order, a, &lda, &info, 1);
}

bool tridiagonal_eigenvalues(std::vector<double>& diagonal, std::vector<double>& off_diagonal) {
    const int order = static_cast<int>(diagonal.size());
    int info = 0;
    dsterf_(&order, diagonal.data(), off_diagonal.data(), &info);
    return info == 0;
}

bool symmetric_eigen(std::size_t n, double* a, double* values, bool with_vectors) {
    const int order = static_cast<int>(n);
    const char* job = with_vectors ? "V" : "N";
    const int query = -1;
    double wanted_work = 0.0;
    int wanted_integers = 0;
    int info = 0;
    dsyevd_(job, "L", &order, a, &order, values, &wanted_work, &query, &wanted_integers, &query, &info, 1, 1);
    if (info != 0) return false;
    const int work_size = static_cast<int>(wanted_work);
    std::vector<double> work(static_cast<std::size_t>(work_size));
    std::vector<int> integers(static_cast<std::size_t>(wanted_integers));
    dsyevd_(job, "L", &order, a, &order, values, work.data(), &work_size, integers.data(), &wanted_integers, &info, 1,
            1);
    return info == 0;
}

std::size_t pivoted_cholesky_lower(std::size_t n, double* a, std::size_t stride, std::vector<std::size_t>& pivots) {
    const int order = static_cast<int>(n);
    const int lda = static_cast<int>(stride);
    const double default_tolerance = -1.0;
    std::vector<int> places(n);
    std::vector<double> work(2 * n);
    int rank = 0;
    int info = 0;
    dpstrf_("L", &order, a, &lda, places.data(), &rank, &default_tolerance, work.data(), &info, 1);
    pivots.resize(n);
    for (std::size_t i = 0; i < n; ++i)
        pivots[i] = static_cast<std::size_t>(places[i] - 1);
    return static_cast<std::size_t>(rank);
}

} // namespace limsym::numerics::lapack
