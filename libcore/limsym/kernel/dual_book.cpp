#include "limsym/kernel/dual_book.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/number.hpp"

namespace limsym::kernel {

namespace {

// The ends of a range rounded outwards to half octaves; both as they are when all variances are equal (a table is then
// one in the angle alone).
VarianceRange rounded(const VarianceRange& range) {
    if (range.smallest > 0 && range.largest <= range.smallest * (1 + 1e-12)) return {range.smallest, range.smallest};
    return {std::exp2(std::floor(2 * std::log2(range.smallest)) / 2),
            std::exp2(std::ceil(2 * std::log2(std::max(range.largest, 1e-3))) / 2)};
}

std::string key_of(const network::Activation& activation) {
    std::string key = std::to_string(static_cast<int>(activation.kind));
    for (const double parameter : activation.parameters)
        key += " " + base::number_text(parameter);
    for (const double kink : activation.kinks)
        key += " " + base::number_text(kink);
    return key + " " + activation.expression;
}

} // namespace

bool needs_range(const network::Activation& activation) {
    return !closed_form(activation) && !polynomial_coefficients(activation);
}

DualBlock DualBook::block(const network::Activation& activation, const VarianceRange& range) {
    if (!needs_range(activation)) return make_dual_block(activation, range.largest, tolerance_);
    const bool tabulated = !network::kinks_of(activation).empty() && range.largest > 0;
    const VarianceRange ends = tabulated ? rounded(range) : rounded({0.0, range.largest});
    std::string key = base::number_text(ends.largest) + " " + key_of(activation);
    if (tabulated) key = base::number_text(ends.smallest) + " " + key;
    const auto found = made_.find(key);
    if (found != made_.end()) return found->second;
    DualBlock made = tabulated ? make_table_block(activation, ends.smallest, ends.largest, tolerance_)
                               : make_dual_block(activation, ends.largest, tolerance_);
    return made_.emplace(key, std::move(made)).first->second;
}

std::size_t DualBook::planned_terms(const network::Activation& activation, bool with_slope) {
    // Tables are too dear to be made for a plan; those of elu and selu have about as many.
    constexpr std::size_t of_tables = 300;
    const std::size_t kinds = with_slope ? 2 : 1;
    if (closed_form(activation)) return 0;
    if (!network::kinks_of(activation).empty()) return kinds * of_tables;
    const DualBlock made = block(activation, {1.0 / 16, 16.0});
    if (const auto* series = std::get_if<SeriesForm>(&made.form)) return kinds * series->series->terms();
    return kinds * std::get<PolynomialForm>(made.form).coefficients.size();
}

void DualBook::warn_of_error(const DualBlock& dual, std::size_t layer, const VarianceRange& range,
                             const base::Monitor& monitor) const {
    double bound = 0.0;
    if (const auto* series = std::get_if<SeriesForm>(&dual.form)) bound = series->series->tail();
    if (const auto* table = std::get_if<TableForm>(&dual.form)) bound = table->table->residue();
    if (bound > 100 * tolerance_ && bound > 1e-9)
        monitor.warning("layer " + std::to_string(layer) + ": the activation's kernel is good to " +
                        base::number_text(bound) + " only (variances up to " + base::number_text(range.largest) + ")");
}

} // namespace limsym::kernel
