#include <cmath>

#include "golden.hpp"
#include "limsym/base/error.hpp"
#include "limsym/nodescaling/row_split.hpp"
#include "limsym/nodescaling/scales.hpp"

using namespace limsym;
using nodescaling::ScaleLaw;
using nodescaling::ScaleVariant;

TEST_CASE("scales equal the reference vectors") {
    const auto folder = tests::shared_folder("golden/node-scaling");
    if (!folder) return;
    const data::Json document = data::read_json(*folder + "/scalings.json");
    for (const data::Json& row : document.at("rows")) {
        ScaleLaw law{row.at("gamma").get<double>(), row.at("alpha").get<double>(), ScaleVariant::paper};
        const bool paper = row.at("variant") == "paper";
        if (!paper) law.variant = ScaleVariant::official_code;
        const arma::vec scales = nodescaling::node_scales(row.at("m").get<std::size_t>(), law);
        CAPTURE(row.dump());
        const arma::vec head = tests::vector_of(row.at("head"));
        for (std::size_t j = 0; j < head.n_elem; ++j)
            CHECK(std::abs(scales(j) - head(j)) <= 1e-14 * head(j));
        CHECK(scales.back() == doctest::Approx(row.at("last").get<double>()).epsilon(1e-14));
        CHECK(nodescaling::compensated_sum(scales) ==
              doctest::Approx(row.at("sum").get<double>()).epsilon(paper ? 4e-16 : 1e-15));
        CHECK(nodescaling::compensated_sum_of_squares(scales) ==
              doctest::Approx(row.at("sumsq").get<double>()).epsilon(1e-14));
        CHECK(nodescaling::limiting_sum_of_squares(law) ==
              doctest::Approx(row.at("sumsq_limit").get<double>()).epsilon(1e-10));
    }
}

TEST_CASE("scales: uniform at gamma 1, limits of the sum of squares, powers that vanish") {
    CHECK(arma::all(nodescaling::node_scales(7, {1.0, 0.5, ScaleVariant::paper}) == 1.0 / 7.0));
    CHECK(nodescaling::limiting_sum_of_squares({1.0, 0.5, ScaleVariant::paper}) == 0.0);
    CHECK(nodescaling::limiting_sum_of_squares({0.2, 0.5, ScaleVariant::paper}) ==
          doctest::Approx(0.2560).epsilon(1e-4));
    const arma::vec steep = nodescaling::node_scales(1000, {0.0, 1e-3, ScaleVariant::paper});
    CHECK(steep(0) == 1.0);
    CHECK(steep.back() == 0.0);
    // The authors' programs lose the last mass and give the first node none.
    const arma::vec paper = nodescaling::node_scales(9, {0.3, 0.4, ScaleVariant::paper});
    const arma::vec code = nodescaling::node_scales(9, {0.3, 0.4, ScaleVariant::official_code});
    CHECK(code(0) == 0.3 / 9);
    CHECK(tests::largest_difference(code.tail(8), paper.head(8)) == 0.0);
}

TEST_CASE("scales from a file: the named column, else the last; errors name the row") {
    const tests::TemporaryFolder folder;
    const auto read = [&](const std::string& text, std::optional<std::size_t> count = {}) {
        return nodescaling::read_scales({folder.file("l.csv", text), {}, ""}, count);
    };
    CHECK(read("lambda,other\n0.5,9\n0.25,8\n")(1) == 0.25);
    CHECK(read("1,0.5\n2,0.25\n")(0) == 0.5);
    CHECK(read("j,weight\n1,0.5\n2,0.125\n")(1) == 0.125);
    const auto message = [&](const std::string& text, std::optional<std::size_t> count = {}) {
        return tests::message_of<base::InputError>([&] { return read(text, count); });
    };
    CHECK(message("0.5\n-0.1\n").find("l.csv:2: the scale is -0.1") != std::string::npos);
    CHECK(message("0\n0\n").find("all scales are 0") != std::string::npos);
    CHECK(message("0.5\n0.5\n", 5).find("2 scales; expected 5") != std::string::npos);
    CHECK(message("0.5\nnan\n").find("l.csv:2") != std::string::npos);
}

TEST_CASE("the legacy permutation equals NumPy's") {
    const auto folder = tests::shared_folder("golden/node-scaling");
    if (!folder) return;
    const data::Json document = data::read_json(*folder + "/permutation.json");
    for (const data::Json& row : document.at("rows")) {
        const auto order =
            nodescaling::legacy_permutation(row.at("seed").get<std::uint32_t>(), row.at("n").get<std::size_t>());
        const auto head = row.at("head").get<std::vector<std::size_t>>();
        const auto last = row.at("last").get<std::vector<std::size_t>>();
        CHECK(std::equal(head.begin(), head.end(), order.begin()));
        CHECK(std::equal(last.begin(), last.end(), order.end() - 3));
    }
}

TEST_CASE("splits: floors, the rest, refusals") {
    const auto sizes = [](std::size_t n, std::vector<double> fractions) {
        std::vector<std::size_t> result;
        for (const auto& part : nodescaling::split_rows(n, {std::move(fractions), std::nullopt}))
            result.push_back(part.size());
        return result;
    };
    CHECK(sizes(1030, {0.4, 0.4, 0.2}) == std::vector<std::size_t>{412, 412, 206});
    CHECK(sizes(10, {0.3, 0.3}) == std::vector<std::size_t>{3, 3});
    CHECK(sizes(11, {0.5, 0.5}) == std::vector<std::size_t>{5, 6});
    CHECK(sizes(10, {0.7, 0.1}) == std::vector<std::size_t>{7, 1});
    for (const auto& bad : {std::vector<double>{0.5, 0.6}, {0.5, -0.1}, {0.2, 0.2, 0.2, 0.2}, {}, {0.01, 0.5}})
        CHECK_THROWS_AS(sizes(10, bad), base::InputError);
    CHECK(nodescaling::legacy_permutation(3, 1) == std::vector<std::size_t>{0});
    CHECK(nodescaling::legacy_permutation(3, 0).empty());
}
