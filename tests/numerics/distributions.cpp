#include "limsym/numerics/distributions.hpp"

#include <cmath>
#include <numbers>

#include <doctest/doctest.h>

#include "limsym/numerics/quadrature.hpp"

using namespace limsym::numerics;

namespace {

// |got - want| <= tolerance * |want|
void check_relative(double got, double want, double tolerance) {
    CAPTURE(got);
    CAPTURE(want);
    CHECK(std::fabs(got - want) <= tolerance * std::fabs(want));
}

// |got - want| <= tolerance * max(1, |want|)
void check_mixed(double got, double want, double tolerance) {
    CAPTURE(got);
    CAPTURE(want);
    CHECK(std::fabs(got - want) <= tolerance * std::fmax(1.0, std::fabs(want)));
}

// Known answers from arithmetic with 40 and more digits.
struct AtZ {
    double z;
    double df;
    double value;
};
struct At {
    double x;
    double value;
};

} // namespace

TEST_CASE("normal: cdf in the tails, quantile undoes it") {
    const At known[] = {
        {-37, 5.7255712225245768e-300}, {-20, 2.7536241186062337e-89}, {-8, 6.2209605742717841e-16},
        {-3, 0.0013498980316300945},    {-1e-10, 0.49999999996010577}, {0.3, 0.61791142218895264},
        {5, 0.99999971334842812},       {8, 0.99999999999999938},
    };
    for (const At& at : known) {
        check_relative(normal_cdf(at.x), at.value, 1e-13);
        if (at.value < 0.6)
            check_relative(normal_quantile(at.value), at.x, 1e-6 * std::fabs(at.x) < 1e-12 ? 1e-6 : 1e-13);
    }
    CHECK(normal_cdf(0.0) == 0.5);
    CHECK(normal_quantile(0.5) == 0.0);
    CHECK(normal_quantile(0.975) == doctest::Approx(1.959963984540054).epsilon(1e-14));
    check_relative(normal_log_density(3.0), -4.5 - 0.5 * std::log(2.0 * std::numbers::pi), 1e-15);
}

TEST_CASE("Student t: cdf from df 0.1 to 1e12, far into the tails") {
    const AtZ known[] = {
        {-35, 0.1, 0.2924988939745491},       {-10, 0.1, 0.33152828813748915},     {-3, 0.1, 0.37384707698634223},
        {-0.5, 0.1, 0.44326011332299354},     {-1e-8, 0.1, 0.49999999851907876},   {2, 0.1, 0.61082288609836195},
        {-35, 1, 0.0090920946756484341},      {-10, 1, 0.03172551743055357},       {-3, 1, 0.10241638234956673},
        {-0.5, 1, 0.35241638234956673},       {-1e-8, 1, 0.49999999681690114},     {2, 1, 0.85241638234956673},
        {-35, 2.5, 9.9061078695384623e-5},    {-10, 2.5, 0.0022207478836537124},   {-3, 2.5, 0.036288047774515922},
        {-0.5, 2.5, 0.32884895993485734},     {-1e-8, 2.5, 0.49999999638191276},   {2, 2.5, 0.92130425212101701},
        {-35, 30, 3.4738891805396189e-26},    {-10, 30, 2.2876257041148066e-11},   {-3, 30, 0.0026949820328259733},
        {-0.5, 30, 0.31036150244256364},      {-1e-8, 30, 0.49999999604367815},    {2, 30, 0.97268747751850845},
        {-35, 1000, 3.6731418018743466e-176}, {-10, 1000, 8.3353514793000332e-23}, {-3, 1000, 0.0013833545221190962},
        {-0.5, 1000, 0.30859254041693741},    {-1e-8, 1000, 0.49999999601157443},  {2, 1000, 0.97711482675337418},
        {-35, 1e6, 1.637491816337565e-268},   {-10, 1e6, 7.6393053840891248e-24},  {-3, 1e6, 0.0013499312707108985},
        {-0.5, 1e6, 0.30853759373618569},     {-1e-8, 1e6, 0.49999999601057819},   {2, 1e6, 0.9772497330743404},
        {-35, 1e8, 1.1291456838795503e-268},  {-10, 1e8, 7.6200473151239207e-24},  {-3, 1e8, 0.0013498983640187472},
        {-0.5, 1e8, 0.30853753927608897},     {-1e-8, 1e8, 0.49999999601057721},   {2, 1e8, 0.97724986670204662},
        {-35, 1e12, 1.1249111291784959e-268}, {-10, 1e12, 7.6198530435893876e-24}, {-3, 1e12, 0.0013498980316633334},
        {-0.5, 1e12, 0.30853753872604191},    {-1e-8, 1e12, 0.4999999960105772},   {2, 1e12, 0.97724986805168582},
    };
    for (const AtZ& at : known) {
        CAPTURE(at.z);
        CAPTURE(at.df);
        check_relative(student_t_cdf(at.z, at.df), at.value, 1e-12);
        // The quantile, where the cdf is steep enough to determine it.
        if (at.value > 1e-100 && std::fabs(at.z) > 1e-3)
            check_relative(student_t_quantile(at.value, at.df), at.z, 1e-11);
    }
    check_relative(student_t_quantile(1e-10, 1e8), -6.3613414, 1e-7);
    CHECK(student_t_quantile(0.5, 7.0) == 0.0);
}

TEST_CASE("Student t: log density") {
    const AtZ known[] = {
        {0, 0.1, -1.9099207413682821},     {0.7, 0.1, -2.8861445343697026},   {-35, 0.1, -7.0872703062800759},
        {1e6, 0.1, -18.373404156275764},   {1e200, 0.1, -509.74506300120506}, {0, 2.5, -1.01663959346045},
        {0.7, 2.5, -1.32985924063522},     {-35, 2.5, -11.860416817100861},   {1e6, 2.5, -47.767417765560013},
        {1e200, 2.5, -1611.2226959085127}, {0, 30, -0.92727032537884565},     {0.7, 30, -1.1783917051179702},
        {-35, 30, -58.799519108886643},    {1e6, 30, -376.48953820697293},    {1e200, 30, -14224.236287472699},
        {0, 1e6, -0.91893878320467274},    {0.7, 1e6, -1.1639389681796323},   {-35, 1e6, -613.04470075474984},
        {1e6, 1e6, -6907763.6056764492},   {1e200, 1e6, -453609717.8480291},  {0, 1e8, -0.91893853570467274},
        {0.7, 1e8, -1.1639385375544227},   {-35, 1e8, -613.41519312880464},   {1e6, 1e8, -460522023.87298452},
        {1e200, 1e8, -45130668274.908912}, {0, 1e15, -0.91893853320467299},   {0.7, 1e15, -1.1639385332046732},
        {-35, 1e15, -613.41893853283013},  {1e6, 1e15, -499750166542.68602},  {1e200, 1e15, -4.4324763040135424e+17},
    };
    for (const AtZ& at : known) {
        CAPTURE(at.z);
        CAPTURE(at.df);
        check_mixed(student_t_log_density(at.z, at.df), at.value, 4e-15);
    }
}

TEST_CASE("log gamma ratio: no cancellation") {
    const AtZ known[] = {
        {1e-300, 1, -690.77552789821371}, {1e-5, 0.5, -10.940574384824648},     {0.5, 0.5, -0.57236494292470009},
        {3, -2.5, -0.12078223763524522},  {3.7, 1e-12, 1.1671535393616664e-12}, {12, -11.75, -16.214285321175808},
        {1e5, 0.5, 5.7564614824851142},   {1e5, 72, 828.95618738823322},        {1e9, -3.25, -67.350613963169586},
        {1e9, 5e4, 1036164.5418014884},   {2, 50000, 491006.06284814044},       {1e15, 0.5, 17.269388197455343},
        {7.25, 1e8, 1742068192.6015849},  {100, 1e-3, 0.0046001668778045851},
    };
    for (const AtZ& at : known) {
        CAPTURE(at.z);
        CAPTURE(at.df);
        check_mixed(log_gamma_ratio(at.z, at.df), at.value, 3e-15);
    }
    check_relative(log_gamma_ratio(3.7, 1e-12), 1.1671535393616664e-12, 1e-4);
    CHECK(log_gamma_ratio(5.0, 0.0) == 0.0);
    check_relative(log_gamma(0.5), 0.5 * std::log(std::numbers::pi), 1e-15);
    check_relative(log_gamma(1e6), 12815504.569147611, 1e-15);
}

TEST_CASE("digamma") {
    const At known[] = {
        {1e-5, -100000.57719921567}, {0.3, -3.5025242222001331}, {1.5, 0.036489973978576521},
        {10, 2.2517525890667211},    {1e6, 13.815510057964191},
    };
    for (const At& at : known)
        check_relative(digamma(at.x), at.value, 1e-14);
}

TEST_CASE("gamma and inverse gamma quantiles from tiny to huge shapes") {
    struct GammaAt {
        double shape;
        double x;
        double p;
        double q;
        double tolerance;
    };
    const GammaAt known[] = {
        {0.01, 1e-20, 0.63455792054899675, 0.36544207945100325, 1e-12},
        {0.5, 0.7, 0.76327642936214264, 0.23672357063785736, 1e-13},
        {3, 25, 0.999999995298931, 4.701068998290321e-9, 1e-13},
        {1000, 1100, 0.99894067674607002, 0.0010593232539299773, 1e-13},
        {100000, 99000, 0.00075741992117476797, 0.99924258007882523, 1e-12},
        {100000, 101000, 0.99919157848707441, 0.00080842151292559073, 1e-12},
        {1e8, 1.0003e8, 0.99864891989839804, 0.0013510801016019576, 1e-12},
    };
    for (const GammaAt& at : known) {
        CAPTURE(at.shape);
        if (at.p < 0.9999) check_relative(gamma_quantile(at.p, at.shape, 2.0), 0.5 * at.x, at.tolerance);
        check_relative(inverse_gamma_quantile(at.q, at.shape, 3.0), 3.0 / at.x, at.tolerance);
    }
    // Shape 1: the exponential distribution.
    check_relative(gamma_quantile(1e-12, 1.0, 1.0), -std::log1p(-1e-12), 1e-13);
    check_relative(inverse_gamma_quantile(0.3, 1.0, 1.0), -1.0 / std::log(0.3), 1e-14);
}

TEST_CASE("continuous ranked probability scores") {
    const AtZ known[] = {
        {0.0001, 1.5, 0.33809052345437}, {2, 1.5, 1.3227108448545}, {8, 1.5, 6.8256328726407},
        {0.0001, 3, 0.27566445138642},   {2, 3, 1.3669223443969},   {8, 3, 7.1897667730685},
        {0.0001, 30, 0.23724820501161},  {2, 30, 1.4427575459419},  {8, 30, 7.4186988554675},
    };
    for (const AtZ& at : known) {
        CAPTURE(at.z);
        CAPTURE(at.df);
        check_relative(student_t_crps(at.z, at.df), at.value, 1e-11);
        check_relative(student_t_crps(-at.z, at.df), at.value, 1e-11);
    }
    // Integral of (F - 1[z >= y])^2 by quadrature.
    for (const double y : {-1.5, 0.0, 0.7, 4.0}) {
        double integral = 0.0;
        const auto add = [&](double a, double b, auto square) {
            const QuadratureRule rule = gauss_legendre(200, a, b);
            for (std::size_t i = 0; i < rule.nodes.size(); ++i)
                integral += rule.weights[i] * square(normal_cdf(rule.nodes[i]));
        };
        add(-12.0, y, [](double f) { return f * f; });
        add(y, 12.0, [](double f) { return (1.0 - f) * (1.0 - f); });
        check_relative(normal_crps(y), integral, 1e-12);
        // A t of many degrees of freedom is normal.
        check_relative(student_t_crps(y, 1e9), normal_crps(y), 1e-8);
    }
}
