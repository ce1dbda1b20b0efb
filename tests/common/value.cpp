#include "common/value.hpp"

#include <cmath>
#include <limits>

#include "common/spelling.hpp"
#include "limsym/base/error.hpp"
#include "support.hpp"

using namespace limsym;
using cli::Range;

namespace {

std::string list_error(const std::string& text) {
    return tests::message_of<base::InputError>(
        [&] { return cli::number_list(text, "--times", Range::not_negative(), "times"); });
}

std::vector<double> list(const std::string& text) {
    return cli::number_list(text, "--times", Range::any(), "times");
}

} // namespace

TEST_CASE("a range holds its closed ends and not its open ones") {
    const Range range{0.0, 2.0, true, false};
    CHECK_FALSE(range.holds(0.0));
    CHECK(range.holds(2.0));
    CHECK(range.holds(5e-324));
    CHECK_FALSE(range.holds(std::nextafter(2.0, 3.0)));
    CHECK_FALSE(Range::any().holds(std::numeric_limits<double>::infinity()));
    CHECK_FALSE(Range::any().holds(std::numeric_limits<double>::quiet_NaN()));
    CHECK(range.text("alpha") == "0 < alpha <= 2");
    CHECK(Range::positive().text("x") == "> 0");
    CHECK(Range::not_negative().text("x") == ">= 0");
    CHECK(Range::closed(0.02, 2.0).text("alpha") == "0.02 <= alpha <= 2");
    CHECK(Range::open(0.0, 1.0).text("p") == "0 < p < 1");
}

TEST_CASE("ranges in lists have both ends") {
    CHECK(list("1,2.5,-3") == std::vector<double>{1.0, 2.5, -3.0});
    CHECK(list("2:5") == std::vector<double>{2.0, 3.0, 4.0, 5.0});
    CHECK(list("3:1:-1") == std::vector<double>{3.0, 2.0, 1.0});
    CHECK(list("4:4") == std::vector<double>{4.0});
    const std::vector<double> tenths = list("0:1:0.1");
    REQUIRE(tenths.size() == 11);
    CHECK(tenths.front() == 0.0);
    CHECK(tenths.back() == 1.0);
    CHECK(list("0:1:0.3").size() == 4);
    CHECK(list("0:0.3:0.1").back() == 0.3);
}

TEST_CASE("lists that are none") {
    CHECK(list_error("1,,2").find("--times: no value given") == 0);
    CHECK(list_error("5:2").find("is empty") != std::string::npos);
    CHECK(list_error("0:1:0").find("is empty") != std::string::npos);
    CHECK(list_error("0:1:2:3").find("is not a range") != std::string::npos);
    CHECK(list_error("0:1e9").find("more than 1000000") != std::string::npos);
    CHECK(list_error("1,-2").find("--times: -2 is out of range; expected >= 0") == 0);
    CHECK(list_error("1,inf").find("'inf' is not a finite number") != std::string::npos);
}

TEST_CASE("whole numbers") {
    const auto most = std::numeric_limits<std::uint64_t>::max();
    CHECK(cli::whole_value("1e5", "--n", 0, most, "n") == 100000);
    CHECK(cli::whole_value("18446744073709551615", "--n", 0, most, "n") == most);
    const auto error = [](const std::string& text) {
        return tests::message_of<base::InputError>([&] { return cli::whole_value(text, "--n", 1, 9, "n"); });
    };
    CHECK(error("0") == "--n: 0 is out of range; expected 1 <= n <= 9");
    CHECK(error("10") == "--n: 10 is out of range; expected 1 <= n <= 9");
    CHECK(error("1.5") == "--n: '1.5' is not a whole number; expected 1 <= n <= 9");
    CHECK(error("one") == "--n: 'one' is not a number; expected 1 <= n <= 9");
    CHECK(error("-1") == "--n: -1 is out of range; expected 1 <= n <= 9");
    CHECK(error("") == "--n: no value given; expected 1 <= n <= 9");
    CHECK(error("99999999999999999999") == "--n: 99999999999999999999 is out of range; expected 1 <= n <= 9");
}

TEST_CASE("spellings on both sides of the Atlantic") {
    CHECK(cli::other_spelling("--standardise") == "--standardize");
    CHECK(cli::other_spelling("--normalized") == "--normalised");
    CHECK(cli::other_spelling("--centres") == "--centers");
    CHECK(cli::other_spelling("--parameterization") == "--parameterisation");
    CHECK_FALSE(cli::other_spelling("--noise"));
    CHECK_FALSE(cli::other_spelling("--precise"));
}
