// Factorisation, fit and prediction against LAPACK; and the rate of matrix products on this machine.
#include <algorithm>
#include <cmath>

#include <cblas.h>

#include "limsym/base/parallel.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/process/prediction.hpp"
#include "measure.hpp"

extern "C" void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t uplo_length);

namespace limsym::bench {

namespace {

arma::mat lapack_factor(arma::mat a, unsigned threads) {
    openblas_set_num_threads(static_cast<int>(threads));
    const int n = static_cast<int>(a.n_rows);
    int info = 0;
    dpotrf_("L", &n, a.memptr(), &n, &info, 1);
    openblas_set_num_threads(1);
    return a;
}

process::RegressionFit fit(const arma::mat& k, const arma::mat& y, double noise) {
    process::RegressionOptions options;
    options.noise = noise;
    return process::fit_regression(process::kernel_of(k), y, arma::mat(), options, "bench");
}

} // namespace

void factor_against_lapack(std::size_t n, unsigned threads, std::size_t runs) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    const arma::mat a = well_scaled_matrix(n);
    const arma::mat y = points(n, 1);
    const arma::mat ours = fit(a, y, 0.0).factor;
    const arma::mat peer = lapack_factor(a, threads);
    double worst = 0.0;
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = j; i < n; ++i)
            worst = std::max(worst, std::fabs(ours.at(i, j) - peer.at(i, j)));
    Record record;
    record.add("n", static_cast<double>(n));
    record.add("threads", threads);
    record.add("max_relative_difference", worst / std::sqrt(a.at(0, 0)));
    // Each side copies A first.
    const Samples samples = alternate(
        runs, [&] { static_cast<void>(fit(a, y, 0.0)); }, [&] { static_cast<void>(lapack_factor(a, threads)); });
    record.add("ours", samples.ours);
    record.add("peer", samples.peer);
    record.print();
}

void fit_and_predict(const std::string& folder, std::size_t n, std::size_t m, double noise, unsigned threads) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    const arma::mat k = read_doubles(folder + "/train.f64", n, n);
    const arma::mat cross = read_doubles(folder + "/cross.f64", m, n);
    const arma::mat diagonal = read_doubles(folder + "/diagonal.f64", m, 1);
    const arma::mat y = read_doubles(folder + "/y.f64", n, 1);
    process::PredictionOptions options;
    options.kind = process::PredictionKind::latent;
    options.quantiles.clear();
    process::Prediction prediction;
    const auto work = [&] {
        const process::RegressionFit fitted = fit(k, y, noise);
        prediction = process::predict(fitted, process::test_kernel(cross, diagonal), options,
                                      data::Standardisation::none(1), arma::mat());
    };
    work();
    Record record;
    record.add("ours", std::vector<double>{seconds(work)});
    write_doubles(folder + "/mean.f64", prediction.mean);
    write_doubles(folder + "/sd.f64", prediction.sd);
    record.print();
}

void multiply_rate(std::size_t n, unsigned threads, std::size_t runs) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    const arma::mat a = points(n, n);
    arma::mat c(n, n, arma::fill::zeros);
    arma::mat d(n, n, arma::fill::zeros);
    const Samples samples = alternate(
        runs, [&] { numerics::multiply_nn(1.0, a, a, 0.0, c); },
        [&] {
            openblas_set_num_threads(static_cast<int>(threads));
            const int order = static_cast<int>(n);
            cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, order, order, order, 1.0, a.memptr(), order,
                        a.memptr(), order, 0.0, d.memptr(), order);
            openblas_set_num_threads(1);
        });
    Record record;
    record.add("n", static_cast<double>(n));
    record.add("threads", threads);
    record.add("max_relative_difference", arma::abs(c - d).max() / arma::abs(d).max());
    const double flops = 2.0 * std::pow(static_cast<double>(n), 3.0);
    record.add("gflops", flops / *std::min_element(samples.ours.begin(), samples.ours.end()) / 1e9);
    record.add("ours", samples.ours);
    record.add("peer", samples.peer);
    record.print();
}

} // namespace limsym::bench
