// Nested block sums against the matrix they stand for.
#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/random.hpp"
#include "limsym/data/document.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/satnet/board_solver.hpp"
#include "limsym/satnet/group_sums.hpp"
#include "limsym/satnet/model.hpp"
#include "limsym/symmetry/group_expression.hpp"
#include "support.hpp"

namespace limsym::satnet {

namespace {

OrbitalParameters random_orbital(const std::string& group, std::uint64_t seed) {
    OrbitalParameters orbital;
    orbital.layout = make_layout(symmetry::parse_group(group, "--group"));
    orbital.values.resize(orbital.layout->parameters.size());
    orbital.upper.resize(orbital.layout->points.count());
    base::RandomStream stream(seed, "test orbital");
    numerics::fill_normal(stream, orbital.values.data(), orbital.values.size());
    numerics::fill_normal(stream, orbital.upper.data(), orbital.upper.size());
    return orbital;
}

Model model_of(OrbitalParameters orbital) {
    Model model;
    model.n = orbital.layout->classes.degree;
    model.parameters = std::move(orbital);
    return model;
}

} // namespace

TEST_CASE("sums give the fields, energies and gradients of the dense matrix") {
    for (const char* const group :
         {"S3 wr S3 x S3 wr S3 x S9", "S2 wr S2 x S2 wr S2 x S4", "S4 x S4 x S4", "S3 wr S4 + S5 x S2", "S6",
          "Z3 x S3 wr S4", "(S2 + S3) wr S4", "S3 wr (S2 + S4)", "S2 wr Z3 x S4", "I2 wr S5", "S10 + S9 + S1"}) {
        CAPTURE(group);
        const Model model = model_of(random_orbital(group, 3));
        const auto& orbital = std::get<OrbitalParameters>(model.parameters);
        REQUIRE(orbital.layout->sums);
        const Couplings<double> sums = couplings_of<double>(model.parameters);
        REQUIRE(std::holds_alternative<SumCouplings<double>>(sums));
        const Couplings<double> dense = dense_couplings<double>(coupling_matrix(model));
        std::vector<double> x(model.n, std::nan(""));
        for (std::size_t i = 0; i < model.n; i += 3)
            x[i] = i % 2 == 0 ? 1.0 : 0.25;
        const Start start = random_start(x, 0, 20, 5, "test", 1);
        BoardSolver<double> a(sums);
        BoardSolver<double> b(dense);
        a.load(x, start);
        b.load(x, start);
        CHECK(a.energy() == doctest::Approx(b.energy()).epsilon(1e-10));
        static_cast<void>(a.forward({5, 0.0}));
        static_cast<void>(b.forward({5, 0.0}));
        CHECK(a.energy() == doctest::Approx(b.energy()).epsilon(1e-10));
        double difference = 0.0;
        for (std::size_t p = 0; p < a.unknown(); ++p)
            difference = std::max(difference, std::abs(a.output(p).z - b.output(p).z));
        CHECK(difference < 1e-10);
        const std::vector<double> slopes(a.unknown(), 1.0);
        static_cast<void>(a.adjoint(slopes, {.sweeps = 6, .prox = 0.01}));
        static_cast<void>(b.adjoint(slopes, {.sweeps = 6, .prox = 0.01}));
        std::vector<double> coefficients(orbital.layout->sums->coefficients(), 0.0);
        std::vector<double> upper(model.n, 0.0);
        a.add_sum_gradient(coefficients, upper);
        std::vector<double> values(orbital.values.size(), 0.0);
        add_combined(*orbital.layout->sums, coefficients, values);
        const std::size_t N = b.order();
        AlignedArray<double> u(N * b.stride());
        AlignedArray<double> v(N * b.stride());
        b.copy_rows(u.data(), v.data(), 1, 0);
        const arma::mat G = arma::mat(u.data(), b.stride(), N).t() * arma::mat(v.data(), b.stride(), N);
        std::vector<double> wanted(values.size(), 0.0);
        double scale = 1.0;
        for (std::size_t i = 0; i < model.n; ++i) {
            CHECK(std::abs(upper[i] - G(i + 1, 0)) < 1e-10);
            for (std::size_t j = 0; j < model.n; ++j)
                if (i != j) {
                    wanted[orbital.layout->parameter_of[orbital.layout->classes.label(i, j)]] += G(i + 1, j + 1);
                    scale = std::max(scale, std::abs(G(i + 1, j + 1)));
                }
        }
        for (std::size_t t = 0; t < values.size(); ++t)
            CHECK(std::abs(values[t] - wanted[t]) < 1e-9 * scale * static_cast<double>(model.n));
    }
}

TEST_CASE("the sums of Sudoku are those of the derivation: 18 terms, 1690 vectors") {
    const auto layout = make_layout(symmetry::parse_group("sudoku", "--group"));
    REQUIRE(layout->sums);
    CHECK(layout->sums->terms() == 18);
    CHECK(layout->sums->rows == 1690 + 1);
    CHECK(layout->sums->kinds == 1);
}

TEST_CASE("a group without structure has no sums") {
    CHECK(!make_layout(symmetry::parse_group("Z7", "--group"))->sums);
    CHECK(!make_layout(symmetry::parse_group("I4 x I3", "--group"))->sums);
    CHECK(!make_layout(symmetry::parse_group("cube", "--group"))->sums);
}

TEST_CASE("the nested operator equals its golden product") {
    const auto folder = tests::shared_folder("golden/symsat-learn");
    if (!folder) return;
    const data::Document document = data::read_document(*folder + "/nested.json");
    const arma::mat V = document.matrix("/V");
    const arma::mat CV = document.matrix("/CV");
    OrbitalParameters orbital;
    orbital.layout = make_layout(symmetry::parse_group("sudoku:2", "--group"));
    orbital.values.assign(orbital.layout->parameters.size(), 0.0);
    orbital.upper.assign(1, 0.0);
    const auto level = [](std::size_t a, std::size_t b) { return a == b ? 0U : a / 2 == b / 2 ? 1U : 2U; };
    // theta of [row][column][digit] levels; an entry is the sum over all levels at or above its own
    const auto theta = [&](std::size_t r, std::size_t c, std::size_t d) {
        return document.rows.contains("/theta/" + std::to_string(r))
                   ? document.rows.at("/theta/" + std::to_string(r)).row(c)[d]
                   : document.tree["theta"][r][c][d].get<double>();
    };
    double diagonal = 0.0;
    for (std::size_t i = 0; i < 64; ++i)
        for (std::size_t j = 0; j < 64; ++j) {
            double entry = 0.0;
            for (std::size_t r = level(i / 16, j / 16); r < 3; ++r)
                for (std::size_t c = level(i / 4 % 4, j / 4 % 4); c < 3; ++c)
                    for (std::size_t d = i % 4 == j % 4 ? 0 : 1; d < 2; ++d)
                        entry += theta(r, c, d);
            if (i == j)
                diagonal = entry;
            else
                orbital.values[orbital.layout->parameter_of[orbital.layout->classes.label(i, j)]] = entry;
        }
    const SumTable& table = *orbital.layout->sums;
    const std::vector<double> coefficients = combine_values(table, orbital.values);
    arma::mat rows(table.rows, V.n_cols, arma::fill::zeros);
    for (std::size_t i = 1; i < table.order; ++i)
        for (std::uint32_t w = table.write_begin[i]; w < table.write_begin[i + 1]; ++w)
            rows.row(table.write_row[w]) += V.row(i - 1);
    for (std::size_t i = 0; i < 64; ++i) {
        arma::rowvec product = diagonal * V.row(i);
        for (std::uint32_t r = table.read_begin[i + 1]; r < table.read_begin[i + 2]; ++r)
            product += coefficients[table.coefficient_begin[i + 1] + r - table.read_begin[i + 1]] *
                       rows.row(table.read_row[r]);
        CHECK(arma::abs(product - CV.row(i)).max() < 1e-9);
    }
}

} // namespace limsym::satnet
