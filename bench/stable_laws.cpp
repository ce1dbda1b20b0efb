// Stable laws: variates, densities, maximum likelihood; one thread unless said.
#include <algorithm>

#include "limsym/base/parallel.hpp"
#include "limsym/stable/estimation.hpp"
#include "limsym/stable/law_evaluator.hpp"
#include "limsym/stable/sampler.hpp"
#include "measure.hpp"

namespace limsym::bench {

void stable_variates(double alpha, std::size_t n, std::size_t runs) {
    arma::vec values(n);
    std::vector<double> times;
    for (std::size_t i = 0; i <= runs; ++i) {
        const double time = seconds([&] {
            stable::fill_variates(stable::VariateKind::symmetric, alpha, {i, 1, 0}, 0, values.memptr(), n);
        });
        if (i > 0) times.push_back(time / static_cast<double>(n));
    }
    Record record;
    record.add("ours", times);
    record.print();
}

void stable_map(double alpha, const std::string& pairs_file, std::size_t n, const std::string& result_file) {
    const arma::mat pairs = read_doubles(pairs_file, n, 2);
    arma::mat values(n, 1);
    stable::map_variates(stable::VariateKind::symmetric, alpha, pairs.colptr(0), pairs.colptr(1), values.memptr(), n);
    write_doubles(result_file, values);
    Record().print();
}

void stable_density(double alpha, const std::string& method, const std::string& points_file, std::size_t n,
                    std::size_t runs, const std::string& result_file) {
    const base::ThreadLimit one(1);
    const arma::mat points = read_doubles(points_file, n, 1);
    const auto how = method == "exact" ? stable::Method::exact : stable::Method::table;
    arma::mat values(n, 1);
    std::vector<double> times;
    for (std::size_t i = 0; i <= runs; ++i) {
        // The making of the table belongs to it.
        const double time = seconds([&] {
            stable::LawEvaluator({alpha, 1.0, 0.0}, stable::LawFunction::density, how)
                .evaluate(points.memptr(), values.memptr(), n);
        });
        if (i > 0) times.push_back(time / static_cast<double>(n));
    }
    write_doubles(result_file, values);
    Record record;
    record.add("ours", times);
    record.print();
}

void stable_likelihood(double alpha, std::size_t n, unsigned threads, std::size_t runs) {
    const base::ThreadLimit limit(threads);
    arma::vec values(n);
    stable::fill_variates(stable::VariateKind::symmetric, alpha, {1, 2, 3}, 0, values.memptr(), n);
    stable::Fit fit;
    std::vector<double> times;
    for (std::size_t i = 0; i <= runs; ++i) {
        const double time = seconds([&] { fit = stable::fit_by_likelihood(values); });
        if (i > 0) times.push_back(time);
    }
    Record record;
    record.add("alpha", fit.law.alpha);
    record.add("se", fit.standard_errors ? fit.standard_errors->alpha : 0.0);
    record.add("ours", times);
    record.print();
}

} // namespace limsym::bench
