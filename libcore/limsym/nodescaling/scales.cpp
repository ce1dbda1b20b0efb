#include "limsym/nodescaling/scales.hpp"

#include <algorithm>
#include <boost/math/special_functions/zeta.hpp>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/table.hpp"

namespace limsym::nodescaling {

namespace {

/// A sum whose rounding errors are added up beside it.
class CompensatedSum {
public:
    void add(double term) {
        const double next = sum_ + term;
        lost_ += std::abs(sum_) >= std::abs(term) ? (sum_ - next) + term : (term - next) + sum_;
        sum_ = next;
    }
    [[nodiscard]] double value() const { return sum_ + lost_; }

private:
    double sum_ = 0.0;
    double lost_ = 0.0;
};

} // namespace

std::string_view variant_name(ScaleVariant variant) {
    return variant == ScaleVariant::paper ? "paper" : "official-code";
}

arma::vec node_scales(std::size_t m, const ScaleLaw& law) {
    const double uniform = law.gamma / static_cast<double>(m);
    arma::vec scales(m);
    if (law.gamma == 1.0) {
        scales.fill(uniform);
        return scales;
    }
    arma::vec powers(m, arma::fill::none);
    CompensatedSum total;
    for (std::size_t j = m; j-- > 0;) {
        powers(j) = std::pow(static_cast<double>(j + 1), -1.0 / law.alpha);
        total.add(powers(j));
    }
    const std::size_t shift = law.variant == ScaleVariant::official_code ? 1 : 0;
    for (std::size_t j = 0; j < m; ++j)
        scales(j) = uniform + (j < shift ? 0.0 : (1.0 - law.gamma) * (powers(j - shift) / total.value()));
    return scales;
}

double limiting_sum_of_squares(const ScaleLaw& law) {
    if (law.gamma == 1.0) return 0.0;
    const double rest = 1.0 - law.gamma;
    const double zeta = boost::math::zeta(1.0 / law.alpha);
    return rest * rest * boost::math::zeta(2.0 / law.alpha) / (zeta * zeta);
}

double compensated_sum(const arma::vec& values) {
    CompensatedSum sum;
    for (const double value : values)
        sum.add(value);
    return sum.value();
}

double compensated_sum_of_squares(const arma::vec& values) {
    CompensatedSum sum;
    for (const double value : values)
        sum.add(value * value);
    return sum.value();
}

arma::vec read_scales(const data::Source& source, std::optional<std::size_t> count) {
    std::size_t column = 0;
    data::TableOptions options;
    options.only_column = [&column](const std::vector<std::string>& names, bool has_header) {
        const auto named = std::find(names.begin(), names.end(), "lambda");
        column =
            has_header && named != names.end() ? static_cast<std::size_t>(named - names.begin()) : names.size() - 1;
        return column;
    };
    const data::Table table = data::read_table(source, options);
    if (column >= table.values.n_cols) column = table.values.n_cols - 1;
    arma::vec scales = table.values.col(column);
    double largest = 0.0;
    for (std::size_t j = 0; j < scales.n_elem; ++j) {
        if (scales(j) < 0.0)
            throw base::InputError(table.place(j),
                                   "the scale is " + base::number_text(scales(j)) + "; expected a number >= 0");
        largest = std::max(largest, scales(j));
    }
    if (count && *count != scales.n_elem)
        throw base::InputError(table.file,
                               std::to_string(scales.n_elem) + " scales; expected " + std::to_string(*count));
    if (largest == 0.0) throw base::InputError(table.file, "all scales are 0; expected at least one above 0");
    return scales;
}

} // namespace limsym::nodescaling
