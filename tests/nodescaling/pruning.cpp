#include <cmath>
#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "limsym/base/error.hpp"
#include "limsym/nodescaling/node_data.hpp"
#include "limsym/nodescaling/pruning.hpp"
#include "limsym/nodescaling/simulated_data.hpp"
#include "limsym/nodescaling/sweep.hpp"
#include "limsym/nodescaling/transfer.hpp"

using namespace limsym;
using nodescaling::Loss;
using nodescaling::PruneOrder;

namespace {

nodescaling::ShallowNetwork network_of(std::size_t m, std::size_t d, std::size_t outputs, double gamma) {
    nodescaling::ShallowNetwork network;
    network.lambda = nodescaling::node_scales(m, {gamma, 0.5, nodescaling::ScaleVariant::paper});
    nodescaling::draw_weights(network, d, outputs, 3);
    return network;
}

nodescaling::LabelledRows rows_of(std::size_t n, std::size_t d, std::size_t outputs) {
    nodescaling::LabelledRows rows;
    rows.x = nodescaling::simulated_data(n, d, 0.0, 5, "test").head_cols(d) * 3.0;
    rows.y = nodescaling::simulated_data(n, outputs, 0.0, 6, "test").head_cols(outputs);
    for (std::size_t i = 0; i < n; ++i)
        rows.labels.push_back(static_cast<std::uint32_t>(rows.y.row(i).index_max()));
    return rows;
}

} // namespace

TEST_CASE("one pass gives what removing nodes and predicting again gives, at every level") {
    const auto network = network_of(300, 4, 3, 0.3);
    const auto rows = rows_of(150, 4, 3);
    for (const PruneOrder kind :
         {PruneOrder::scale, PruneOrder::magnitude, PruneOrder::contribution, PruneOrder::random}) {
        const auto order = nodescaling::removal_order(network, kind, rows.x, 9);
        std::vector<std::size_t> pruned;
        for (std::size_t i = 0; i <= 300; ++i)
            pruned.push_back(i);
        const auto levels = nodescaling::prune_curve(network, order, pruned, rows, Loss::half_sum);
        for (const std::size_t level : std::vector<std::size_t>{0, 1, 127, 128, 129, 171, 172, 173, 299}) {
            CAPTURE(level);
            const auto smaller = nodescaling::pruned_network(network, order, 300 - level);
            CHECK(smaller.nodes() == 300 - level);
            const arma::mat f = nodescaling::outputs(smaller, rows.x);
            CHECK(levels[level].loss ==
                  doctest::Approx(nodescaling::loss_of(arma::mat(f - rows.y), Loss::half_sum)).epsilon(1e-12));
            CHECK(levels[level].accuracy.value_or(-1.0) == nodescaling::accuracy(network, f, rows.labels));
        }
        CHECK(levels[300].loss == doctest::Approx(nodescaling::loss_of(rows.y, Loss::half_sum)).epsilon(1e-14));
        // Coarse levels, in any order, are levels of the fine curve up to the order of sums.
        const auto coarse = nodescaling::prune_curve(network, order, {200, 300, 0, 50}, rows, Loss::half_sum);
        CHECK(coarse[0].loss == doctest::Approx(levels[200].loss).epsilon(1e-12));
        CHECK(coarse[1].loss == levels[300].loss);
        CHECK(coarse[2].loss == doctest::Approx(levels[0].loss).epsilon(1e-12));
        CHECK(coarse[3].loss == doctest::Approx(levels[50].loss).epsilon(1e-12));
    }
}

TEST_CASE("orders: of equal scales the lower node goes first, random depends on the seed") {
    const auto uniform = network_of(5, 2, 1, 1.0);
    const arma::mat x(1, 2, arma::fill::ones);
    CHECK(nodescaling::removal_order(uniform, PruneOrder::scale, x, 0) == std::vector<std::size_t>{0, 1, 2, 3, 4});
    CHECK(nodescaling::nodes_by_scale(uniform.lambda) == std::vector<std::size_t>{0, 1, 2, 3, 4});
    const auto steep = network_of(5, 2, 1, 0.1);
    CHECK(nodescaling::removal_order(steep, PruneOrder::scale, x, 0) == std::vector<std::size_t>{4, 3, 2, 1, 0});
    const auto wide = network_of(100, 2, 1, 1.0);
    CHECK(nodescaling::removal_order(wide, PruneOrder::random, x, 1) !=
          nodescaling::removal_order(wide, PruneOrder::random, x, 2));
}

TEST_CASE("ridge heads solve their normal equations; a perceptron learns") {
    const auto network = network_of(200, 3, 1, 0.2);
    auto train = rows_of(60, 3, 1);
    auto test = rows_of(40, 3, 1);
    train.labels.clear();
    test.labels.clear();
    train.y = arma::sin(train.x.col(0)) + 0.5;
    test.y = arma::sin(test.x.col(0)) + 0.5;
    const double penalty = 0.3;
    const auto score = nodescaling::transfer(network, train, test, 12, nodescaling::RidgeHead{penalty}, {});
    const auto order = nodescaling::nodes_by_scale(network.lambda);
    arma::mat phi = nodescaling::node_features(network, train.x, order, 12);
    phi.insert_cols(12, arma::vec(60, arma::fill::ones));
    arma::mat normal = phi.t() * phi;
    for (std::size_t j = 0; j < 12; ++j)
        normal(j, j) += penalty;
    const arma::vec b = arma::solve(normal, phi.t() * train.y);
    const arma::vec fitted = phi * b;
    CHECK(score.train_loss ==
          doctest::Approx(nodescaling::loss_of(arma::mat(fitted - train.y), Loss::mean)).epsilon(1e-9));
    arma::mat test_phi = nodescaling::node_features(network, test.x, order, 12);
    test_phi.insert_cols(12, arma::vec(40, arma::fill::ones));
    CHECK(score.test_loss ==
          doctest::Approx(nodescaling::loss_of(arma::mat(test_phi * b - test.y), Loss::mean)).epsilon(1e-9));
    // Features that repeat one another do no harm without a penalty.
    auto doubled = network;
    for (std::size_t j = 1; j < 12; ++j)
        doubled.w.col(j) = doubled.w.col(0);
    const auto plain = nodescaling::transfer(doubled, train, test, 12, nodescaling::RidgeHead{0.0}, {});
    const auto alone = nodescaling::transfer(doubled, train, test, 1, nodescaling::RidgeHead{0.0}, {});
    CHECK(plain.train_loss == doctest::Approx(alone.train_loss).epsilon(1e-9));
    const auto learnt = nodescaling::transfer(network, train, test, 12, nodescaling::PerceptronHead{1}, {});
    CHECK(learnt.train_loss < 0.2 * arma::var(arma::vectorise(train.y)));
    CHECK(learnt.test_loss > 0.0);
}

TEST_CASE("tables: targets in order, one-hot classes, further tables by name, constant columns") {
    const tests::TemporaryFolder folder;
    const auto read = [&](const std::string& text, const nodescaling::ColumnChoice& choice) {
        return nodescaling::read_node_data({folder.file("d.csv", text), {}, ""}, choice);
    };
    const auto data = read("a,b,c\n1,2,3\n4,5,6\n", {"c,a", std::nullopt, false, std::nullopt});
    CHECK(data.y(0, 0) == 3.0);
    CHECK(data.y(1, 1) == 4.0);
    CHECK(data.features == std::vector<std::string>{"b"});
    const auto classes = read("a,k\n1,2\n4,0\n", {"k", std::nullopt, true, std::nullopt});
    CHECK(classes.y.n_cols == 3);
    CHECK(classes.y(0, 2) == 1.0);
    CHECK(arma::accu(classes.y) == 2.0);
    const auto other = nodescaling::read_like({folder.file("t.csv", "c,b,a\n7,8,9\n"), {}, ""}, data,
                                              {"c,a", std::nullopt, false, std::nullopt});
    CHECK(other.x(0, 0) == 8.0);
    CHECK(other.y(0, 1) == 9.0);
    const auto message = [&](const std::string& text, const nodescaling::ColumnChoice& choice) {
        return tests::message_of<base::InputError>([&] { return read(text, choice); });
    };
    const nodescaling::ColumnChoice one_hot{"k", std::nullopt, true, std::nullopt};
    CHECK(message("a,k\n1,0.5\n4,0\n", one_hot).find("d.csv:2: column 'k' is '0.5'") != std::string::npos);
    CHECK(message("a,k\n1,1\n4,1\n", one_hot).find("one class only") != std::string::npos);
    CHECK(message("a,k\n1,1\n", {"z", std::nullopt, false, std::nullopt})
              .find("d.csv: no column 'z'; columns are a, k") != std::string::npos);
    CHECK(message("a,k\n1,1\n", {"k", "a,k", false, std::nullopt}).find("--features") != std::string::npos);
    CHECK_THROWS_AS(static_cast<void>(nodescaling::measure_units(
                        read("a,k\n1,1\n4,1\n", {"k", std::nullopt, false, {}}), nodescaling::StandardiseWhat::xy)),
                    base::InputError);
    const auto conflict = nodescaling::conflicting_rows(arma::mat("1 2; 0 1; 1 2"), arma::mat("1; 2; 3"));
    REQUIRE(conflict);
    CHECK(*conflict == std::pair<std::size_t, std::size_t>{0, 2});
    CHECK_FALSE(nodescaling::conflicting_rows(arma::mat("1; 1"), arma::mat("2; 2")));
}

TEST_CASE("sweeps: the last key is the fastest; means and deviations over seeds; shards that do not fit") {
    const auto points = nodescaling::grid_points({{"gamma", {1.0, 0.5}}, {"seed", {3.0, 4.0}}});
    REQUIRE(points.size() == 4);
    CHECK(points[1].gamma == 1.0);
    CHECK(points[1].seed == std::uint64_t{4});
    CHECK_FALSE(points[0].alpha);
    data::Json rows = data::Json::array();
    for (const double loss : {1.0, 3.0, 5.0})
        rows.push_back({{"gamma", loss < 4.0 ? 1.0 : 0.5}, {"alpha", 0.7}, {"train_loss", loss}});
    const data::Json summary = nodescaling::summarise_sweep(rows);
    CHECK(summary[0].at("train_loss_mean") == 2.0);
    CHECK(summary[0].at("train_loss_sd").get<double>() == doctest::Approx(std::sqrt(2.0)));
    CHECK(summary[1].at("train_loss_sd").is_null());

    const tests::TemporaryFolder folder;
    data::Json head{{"schema", "limsym/node-sweep@1"}, {"tool", "t"}, {"version", "0"}, {"options", {{"lr", 1.0}}}};
    const auto shard = [&](const std::string& name, const data::Json& first, std::size_t index,
                           const data::Json& part) {
        return folder.file(name, data::to_text(nodescaling::sweep_document(first, part, base::Shard{index, 2})) + "\n");
    };
    const std::string zero = shard("0.json", head, 0, data::Json::array({rows[0], rows[2]}));
    const std::string one = shard("1.json", head, 1, data::Json::array({rows[1]}));
    CHECK(data::to_text(nodescaling::merge_sweep({one, zero})) ==
          data::to_text(nodescaling::sweep_document(head, rows, std::nullopt)));
    const auto message = [](const std::vector<std::string>& files) {
        return tests::message_of<base::InputError>([&] { return nodescaling::merge_sweep(files); });
    };
    CHECK(message({zero}) == "shard 1/2 is missing");
    CHECK(message({zero, one, zero}).find("again") != std::string::npos);
    head["options"]["lr"] = 2.0;
    CHECK(message({zero, shard("other.json", head, 1, data::Json::array({rows[1]}))}).find("its options differs") !=
          std::string::npos);
    CHECK(message({folder.file("cut.json", tests::file_text(zero).substr(0, 60))}).find("cut.json") !=
          std::string::npos);
}
