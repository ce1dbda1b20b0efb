// A smooth function of the distance from the median as a table: piecewise polynomials in t = asinh(x/width).
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace limsym::stable {

class LawTable {
public:
    /// Tables `exact` on 0 <= x <= end; panels are halved until the polynomials agree with it to 2e-13 between their
    /// nodes. @param width where the function bends
    LawTable(const std::function<double(double)>& exact, double width, double end);

    [[nodiscard]] double end() const { return end_; }
    /// out[i] = the function at x[i], 0 <= x <= end; out may be x. The bits do not depend on place or count.
    void evaluate(const double* x, double* out, std::size_t count) const;

private:
    static constexpr std::size_t order = 13; ///< coefficients a panel

    [[nodiscard]] bool build(const std::function<double(double)>& exact, std::size_t panels, bool check);

    double inverse_width_;
    double width_;
    double end_;
    double last_t_;
    double panels_per_t_ = 0.0;
    std::size_t panels_ = 0;
    std::vector<double> coefficients_; ///< of powers of s in [-1, 1], panel after panel
};

} // namespace limsym::stable
