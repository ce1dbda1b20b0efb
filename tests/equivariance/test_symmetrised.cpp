#include "limsym/equivariance/symmetrised.hpp"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/data/json.hpp"
#include "limsym/equivariance/datasets.hpp"
#include "limsym/equivariance/equivariance_error.hpp"
#include "limsym/equivariance/lie_discovery.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/symmetry/linear_action_expression.hpp"
#include "support.hpp"

using namespace limsym::equivariance;
using limsym::base::InputError;
using limsym::base::WorkError;
using limsym::tests::message_of;

namespace {

GroupSetting setting_of(const std::string& group, const std::string& in, const std::string& out) {
    const auto action = limsym::symmetry::parse_linear_action(group, "--group");
    return {action, limsym::symmetry::parse_representation(in, action, "in"),
            limsym::symmetry::parse_representation(out, action, "out")};
}

arma::mat random_columns(std::size_t rows, std::size_t columns, std::uint64_t index = 0) {
    limsym::base::RandomStream stream(5, "columns", index);
    arma::mat x(rows, columns, arma::fill::none);
    limsym::numerics::fill_normal(stream, x.memptr(), x.n_elem);
    return x;
}

/// A function with no symmetry at all.
std::unique_ptr<RowFunction> crooked(std::size_t inputs, std::size_t outputs) {
    const arma::mat w = random_columns(outputs, inputs, 99);
    return formula_function(inputs, outputs, [w](const arma::vec& x) {
        return arma::vec(arma::tanh(w * x + 0.3) + 0.1 * w * arma::square(x));
    });
}

/// The rows of the symmetrised function move with the group.
double defect(const GroupSetting& setting, const Symmetrisation& how, std::size_t rows = 5) {
    const auto function = crooked(setting.in.size(), setting.out.size());
    const arma::mat x = random_columns(setting.in.size(), rows, 1);
    const auto y = symmetrised_rows(setting, how, *function, x, 0, false, {});
    limsym::base::RandomStream stream(1, "move");
    const limsym::symmetry::RepElement g(
        limsym::symmetry::ElementSampler(setting.group, limsym::symmetry::ElementSampler::Law::automatic).draw(stream));
    arma::mat moved = x;
    limsym::symmetry::apply(setting.in, g, moved);
    const auto z = symmetrised_rows(setting, how, *function, moved, 0, false, {});
    double worst = 0.0;
    for (std::size_t i = 0; i < rows; ++i) {
        arma::mat image(y[i].y);
        limsym::symmetry::apply(setting.out, g, image);
        worst = std::max(worst, arma::abs(image - z[i].y).max() / (1.0 + arma::abs(image).max()));
    }
    return worst;
}

arma::mat columns_of(const nlohmann::json& rows) {
    arma::mat m(rows.at(0).size(), rows.size(), arma::fill::none);
    for (std::size_t i = 0; i < m.n_cols; ++i)
        for (std::size_t j = 0; j < m.n_rows; ++j)
            m(j, i) = rows.at(i).at(j).get<double>();
    return m;
}

std::unique_ptr<RowFunction> network_of(nlohmann::json document) {
    document["parameterization"] = "standard"; // the vectors leave it out
    return network_function(limsym::network::read_network(limsym::data::parse_json(document.dump(), "net"), "net"));
}

} // namespace

TEST_CASE("exact averages and frames are equivariant") {
    for (const auto& [group, in, out] :
         {std::tuple{"D(4)", "2V", "V"}, std::tuple{"S(4)", "V+S", "T(2)"}, std::tuple{"Z(3)xD(2)", "V1*V2", "V2"}}) {
        const std::string named = group;
        CAPTURE(named);
        const GroupSetting setting = setting_of(group, in, out);
        CHECK(automatic_quadrature(setting.group, 1000) == Quadrature::exact);
        CHECK(defect(setting, average_symmetrisation(setting, {})) <= 1e-12);
    }
    for (const auto& [group, in, out] : {std::tuple{"O(3)", "4V+S", "T(2)"}, std::tuple{"SO(3)", "4V", "V"},
                                         std::tuple{"S(5)", "2V", "V"}, std::tuple{"SO(2)", "3V", "V"}}) {
        const std::string named = group;
        CAPTURE(named);
        const GroupSetting setting = setting_of(group, in, out);
        FrameMethod method;
        method.frame = automatic_frame(setting.group);
        CHECK(defect(setting, frame_symmetrisation(setting, method)) <= 1e-10);
        // Without averaging the function is far from equivariant.
        Symmetrisation none;
        none.common = {limsym::symmetry::identity_element(setting.group)};
        CHECK(defect(setting, none) > 1e-2);
    }
    const GroupSetting gs = setting_of("SO(3)", "4V", "V");
    FrameMethod method;
    method.frame = Frame::gram_schmidt;
    CHECK(defect(gs, frame_symmetrisation(gs, method)) <= 1e-10);
}

TEST_CASE("the trapezoid rule converges, Monte Carlo covers it") {
    const GroupSetting setting = setting_of("SO(2)", "2V", "V");
    const auto function = crooked(4, 2);
    const arma::mat x = random_columns(4, 1, 4);
    AverageMethod rule;
    rule.quadrature = Quadrature::trapezoid;
    rule.nodes = 512;
    const arma::vec exact =
        symmetrised_rows(setting, average_symmetrisation(setting, rule), *function, x, 0, false, {})[0].y;
    AverageMethod sampled;
    sampled.quadrature = Quadrature::monte_carlo;
    sampled.samples = 50;
    // 400 repetitions are 400 rows of the same point.
    const auto rows = symmetrised_rows(setting, average_symmetrisation(setting, sampled), *function,
                                       arma::repmat(x, 1, 400), 0, false, {});
    std::size_t inside = 0;
    for (const SymmetrisedRow& row : rows)
        inside += std::abs(row.y(0) - exact(0)) <= 1.96 * row.error(0);
    CHECK(static_cast<double>(inside) / 400.0 == doctest::Approx(0.95).epsilon(0.035));
    AverageMethod quasi = sampled;
    quasi.quadrature = Quadrature::quasi_monte_carlo;
    quasi.samples = 2048;
    const SymmetrisedRow fine =
        symmetrised_rows(setting, average_symmetrisation(setting, quasi), *function, x, 0, false, {})[0];
    CHECK(std::abs(fine.y(0) - exact(0)) <= 6.0 * fine.error(0));
    CHECK(fine.evaluations == 2048);
}

TEST_CASE("groups without a mean, frames that do not exist") {
    CHECK(message_of<InputError>([] {
              return automatic_quadrature(setting_of("O(1,3)", "V", "V").group, 10);
          }).find("not compact") != std::string::npos);
    CHECK(message_of<InputError>([] {
              FrameMethod method;
              return frame_symmetrisation(setting_of("O(1,3)", "4V", "V"), method);
          }).find("pca is for O(n)") != std::string::npos);
    CHECK(message_of<InputError>([] {
              FrameMethod method;
              method.frame = Frame::gram_schmidt;
              return frame_symmetrisation(setting_of("O(1,3)", "3V", "V"), method);
          }).find("needs 4 vectors") != std::string::npos);
    const GroupSetting setting = setting_of("O(3)", "2V", "V");
    const auto function = crooked(6, 3);
    const auto rows = symmetrised_rows(setting, frame_symmetrisation(setting, {}), *function,
                                       arma::vec{1, 0, 0, 1, 0, 0}, 0, false, {});
    CHECK(rows[0].row.reason == "degenerate-frame");
}

TEST_CASE("a program answers like a formula") {
    ProgramOptions options;
    options.command = "awk -F, '{print $1+2*$2\",\"$1*$2; fflush()}'";
    const arma::mat x{{1.0, 3.0, -1.0}, {2.0, 0.5, 4.0}};
    const arma::mat wanted{{5.0, 4.0, 7.0}, {2.0, 1.5, -4.0}};
    CHECK(arma::approx_equal(program_function(2, 2, options)->values(x), wanted, "absdiff", 1e-12));
    options.copies = 2;
    options.batch = true;
    CHECK(arma::approx_equal(program_function(2, 2, options)->values(x), wanted, "absdiff", 1e-12));
    const auto message = [&](const std::string& command) {
        ProgramOptions other;
        other.command = command;
        other.timeout = 0.5;
        return message_of<WorkError>([&] { return program_function(2, 2, other)->values(x); });
    };
    CHECK(message("awk '{print 1}'") == "exec: row 1: 1 field, expected 2");
    CHECK(message("awk '{print \"1,abc\"}'") == "exec: row 1: column 2 is 'abc'; expected a finite number");
    CHECK(message("awk '{print \"1,nan\"}'") == "exec: row 1: column 2 is 'nan'; expected a finite number");
    CHECK(message("awk 'NR==2{exit 4}{print \"1,2\"}'") == "exec: ended with status 4 after 1 of 3 answers");
    CHECK(message_of<WorkError>([&] {
              ProgramOptions other;
              other.command = "awk 'NR==2{exit 4}{print \"1,2\"; fflush()}'";
              other.window = 1; // rows that were not made yet count too
              program_function(2, 2, other)
                  ->evaluate({4, [&](std::size_t) { return x; }, [](std::size_t, const arma::mat&) {}}, {});
              return 0;
          }) == "exec: ended with status 4 after 1 of 12 answers");
    CHECK(message("sleep 5") == "exec: row 1: no answer in 0.5 s");
    CHECK(message("awk '{print \"1,2\"} END{print \"bye\"}'").starts_with("exec: extra output after row 3: 'bye'"));
    CHECK(message_of<InputError>([&] {
              ProgramOptions other;
              other.command = "./there-is-no-such-program";
              return program_function(2, 2, other)->values(x);
          }).starts_with("--exec: './there-is-no-such-program' cannot be started"));
    CHECK(split_words("a 'b c' \"d\\\"e\" f\\ g ''") == std::vector<std::string>{"a", "b c", "d\"e", "f g", ""});
    CHECK(message_of<InputError>([] { return split_words("a 'b"); }).find("open quote") != std::string::npos);
}

TEST_CASE("many rows through a program that buffers its output") {
    ProgramOptions options;
    options.command = "cat";
    options.window = 16;
    const arma::mat x = random_columns(3, 5000, 8);
    CHECK(arma::approx_equal(program_function(3, 3, options)->values(x), x, "absdiff", 0.0));
    options.command = "awk 'END { exit 3 }'"; // reads all, answers nothing
    options.timeout = 5.0;
    CHECK(message_of<WorkError>([&] { return program_function(3, 3, options)->values(x); }) ==
          "exec: ended with status 3 after 0 of 5000 answers");
}

TEST_CASE("searching finds a worse element") {
    const GroupSetting setting = setting_of("SO(3)", "2V", "V");
    const auto function = crooked(6, 3);
    limsym::base::RandomStream stream(1, "g");
    const std::vector<limsym::symmetry::Element> elements{
        limsym::symmetry::ElementSampler(setting.group, limsym::symmetry::ElementSampler::Law::haar).draw(stream)};
    ErrorOptions options;
    const auto plain = equivariance_error(setting, *function, random_columns(6, 3, 2), elements, options, {});
    options.search = true;
    const auto searched = equivariance_error(setting, *function, random_columns(6, 3, 2), elements, options, {});
    CHECK(searched.worst.searched);
    CHECK(searched.worst.relative > plain.worst.relative);
    CHECK(searched.largest == plain.largest);
}

TEST_CASE("the data have the symmetries that they say") {
    for (const char* text : {"o5", "inertia", "inertia:eps=0.3,axis=2", "inertia:eps=0.5,axis=0", "particle", "cossim",
                             "cossim:sym=so3,eps=1", "cossim:sym=scale,eps=1,k=4"}) {
        CAPTURE(text);
        const Dataset data = parse_dataset(text, "--true");
        const GroupSetting setting = setting_of(data.group(), data.rep_in(), data.rep_out());
        // Scaling acts on the output too, unless it is a scalar.
        const auto function =
            formula_function(data.inputs(), data.outputs(), [data](const arma::vec& x) { return data.target(x); });
        arma::mat x(data.inputs(), 4, arma::fill::none);
        std::vector<limsym::symmetry::Element> elements;
        const limsym::symmetry::ElementSampler sampler(setting.group, limsym::symmetry::ElementSampler::Law::automatic);
        for (std::size_t i = 0; i < 4; ++i) {
            limsym::base::RandomStream stream(2, "data", i);
            x.col(i) = data.draw(stream);
            elements.push_back(sampler.draw(stream));
        }
        CHECK(equivariance_error(setting, *function, x, elements, {}, {}).largest <= 1e-8);
    }
    CHECK(message_of<InputError>([] { return parse_dataset("inertia:axis=3", "--true"); }).find("axis=") !=
          std::string::npos);
    CHECK(message_of<InputError>([] { return parse_dataset("o6", "--true"); }).find("did you mean o5") !=
          std::string::npos);
}

TEST_CASE("golden averages, errors, data and symmetry algebras") {
    const auto folder = limsym::tests::shared_folder("golden/orbit-symm");
    if (!folder) return;
    const auto golden = [&](const char* name) {
        std::ifstream stream(*folder + "/" + name);
        return nlohmann::json::parse(stream).at("cases");
    };
    for (const auto& entry : golden("symmetrise.json")) {
        const GroupSetting setting = setting_of(entry.at("group"), entry.at("rep_in"), entry.at("rep_out"));
        CAPTURE(setting.group.name);
        const std::string method = entry.at("method");
        AverageMethod average;
        average.quadrature = method == "trapezoid" ? Quadrature::trapezoid : Quadrature::exact;
        const Symmetrisation how =
            method == "frame-pca" ? frame_symmetrisation(setting, {}) : average_symmetrisation(setting, average);
        const auto function = network_of(entry.at("network"));
        const auto rows = symmetrised_rows(setting, how, *function, columns_of(entry.at("x")), 0, false, {});
        const arma::mat wanted = columns_of(entry.at("y"));
        for (std::size_t i = 0; i < rows.size(); ++i)
            CHECK(arma::abs(rows[i].y - wanted.col(i)).max() <= 1e-10);
    }
    for (const auto& entry : golden("equiv_error.json")) {
        const GroupSetting setting = setting_of(entry.at("group"), entry.at("rep_in"), entry.at("rep_out"));
        CAPTURE(setting.group.name);
        std::vector<limsym::symmetry::Element> elements;
        for (const auto& g : entry.at("g"))
            elements.push_back({columns_of(g).t()});
        ErrorOptions options;
        options.per_generator = true;
        const auto function = network_of(entry.at("network"));
        const EquivarianceError error =
            equivariance_error(setting, *function, columns_of(entry.at("x")), elements, options, {});
        const auto& wanted = entry.at("errors");
        CHECK(error.mean == doctest::Approx(wanted.at("mean_rel").get<double>()).epsilon(1e-10));
        CHECK(*error.error == doctest::Approx(wanted.at("se_rel").get<double>()).epsilon(1e-10));
        CHECK(error.largest == doctest::Approx(wanted.at("max_rel").get<double>()).epsilon(1e-10));
        CHECK(error.largest_component == doctest::Approx(wanted.at("max_abs").get<double>()).epsilon(1e-10));
        const auto lie = entry.value("lie_errors", nlohmann::json::array());
        REQUIRE(error.lie.size() == lie.size());
        for (std::size_t j = 0; j < lie.size(); ++j)
            CHECK(error.lie[j].absolute == doctest::Approx(lie.at(j).at(0).get<double>()).epsilon(1e-8));
    }
    for (const auto& entry : golden("datasets.json")) {
        std::string text = entry.at("data");
        CAPTURE(text);
        Dataset data = parse_dataset(text, "data");
        data.eps = entry.value("eps", 0.0);
        data.axis = entry.value("axis", 2);
        if (entry.contains("sym")) data.symmetry = parse_cossim_symmetry(entry.at("sym"), "sym");
        const arma::mat x = columns_of(entry.at("x"));
        const arma::mat y = columns_of(entry.at("y"));
        for (std::size_t i = 0; i < x.n_cols; ++i)
            CHECK(arma::abs(data.target(x.col(i)) - y.col(i)).max() <= 1e-10 * (1.0 + arma::abs(y.col(i)).max()));
    }
    for (const auto& entry : golden("lie_discovery.json")) {
        std::string text = entry.at("data");
        CAPTURE(text);
        for (const auto& [from, to] :
             {std::pair{" eps", ":eps"}, std::pair{" axis", ",axis"},
              std::pair{"cossim so3-scale", "cossim:sym=so3-scale"}, std::pair{"cossim so3", "cossim:sym=so3,eps=1"}})
            if (const auto at = text.find(from); at != std::string::npos && text.find(':', at) == std::string::npos)
                text.replace(at, std::string(from).size(), to);
        if (const auto at = text.find(" axis"); at != std::string::npos) text.replace(at, 5, ",axis");
        const Dataset data = parse_dataset(text, "data");
        const std::string space = "Trivial(" + std::to_string(entry.at("d").get<int>()) + ")";
        const GroupSetting setting = setting_of(space, entry.at("rep_in"), entry.at("rep_out"));
        const auto function =
            formula_function(data.inputs(), data.outputs(), [data](const arma::vec& x) { return data.target(x); });
        const LieDiscovery found = discover_algebra(setting, *function, columns_of(entry.at("x")), 1e-8, 1e-5, {});
        CHECK(found.dimension == entry.at("dimension").get<std::size_t>());
        const arma::vec wanted(entry.at("eigenvalues").get<std::vector<double>>());
        for (std::size_t k = 0; k < wanted.n_elem; ++k)
            CHECK(std::abs(found.eigenvalues(k) - wanted(k)) <= 1e-9 * wanted.max() + 1e-5 * std::abs(wanted(k)));
    }
}
