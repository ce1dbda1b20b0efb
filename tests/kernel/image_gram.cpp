// Kernels of networks of images against the recursion over all pairs of positions, written out.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "limsym/base/parallel.hpp"
#include "limsym/data/json.hpp"
#include "limsym/kernel/dual.hpp"
#include "limsym/kernel/gram.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

network::Network parsed(const std::string& text) {
    return network::read_network(data::parse_json(text, "net.json"), "net.json");
}

// K and Theta over all pairs of positions of two images, and the covariances of each image with itself.
struct Pairs {
    std::size_t height;
    std::size_t width;
    arma::mat kernel[3]; // (x, x), (y, y), (x, y)
    arma::mat theta[3];
    double fan;
};

// Places p of the input that tap (a, b) of output place o reads, -1 outside.
std::vector<long> window_places(std::size_t height, std::size_t width, const std::array<std::size_t, 2>& window,
                                const std::array<std::size_t, 2>& stride, network::Padding padding, std::size_t& rows,
                                std::size_t& columns) {
    const auto count = [&](std::size_t n, std::size_t axis) {
        return padding == network::Padding::valid ? (n - window[axis]) / stride[axis] + 1
                                                  : (n + stride[axis] - 1) / stride[axis];
    };
    rows = count(height, 0);
    columns = count(width, 1);
    const auto low = [&](std::size_t n, std::size_t out, std::size_t axis) {
        if (padding == network::Padding::valid) return 0L;
        const long total = static_cast<long>((out - 1) * stride[axis] + window[axis]) - static_cast<long>(n);
        return std::max(total, 0L) / 2;
    };
    const long low_y = low(height, rows, 0);
    const long low_x = low(width, columns, 1);
    std::vector<long> places;
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            for (std::size_t a = 0; a < window[0]; ++a) {
                for (std::size_t b = 0; b < window[1]; ++b) {
                    long y = static_cast<long>(i * stride[0] + a) - low_y;
                    long x = static_cast<long>(j * stride[1] + b) - low_x;
                    const long h = static_cast<long>(height);
                    const long w = static_cast<long>(width);
                    if (padding == network::Padding::circular) {
                        y = ((y % h) + h) % h;
                        x = ((x % w) + w) % w;
                    }
                    places.push_back(y < 0 || x < 0 || y >= h || x >= w ? -1 : y * w + x);
                }
            }
        }
    }
    return places;
}

void affine(Pairs& state, bool standard, double sigma_w, double sigma_b, bool has_bias, double fan_taps,
            const std::optional<std::size_t>& width) {
    for (int k = 0; k < 3; ++k) {
        const arma::mat before = state.kernel[k];
        state.kernel[k] = sigma_w * sigma_w * before + sigma_b * sigma_b;
        if (standard)
            state.theta[k] = fan_taps * before + sigma_w * sigma_w * state.theta[k] + (has_bias ? 1.0 : 0.0);
        else
            state.theta[k] = state.kernel[k] + sigma_w * sigma_w * state.theta[k];
    }
    if (width) state.fan = static_cast<double>(*width);
}

void apply(const std::vector<network::Layer>& layers, bool standard, Pairs& state);

void apply(const network::Layer& layer, bool standard, Pairs& state) {
    if (const auto* dense = std::get_if<network::Dense>(&layer.value)) {
        affine(state, standard, dense->sigma_w, dense->sigma_b, dense->has_bias, state.fan, dense->width);
    } else if (const auto* conv = std::get_if<network::Convolution>(&layer.value)) {
        std::size_t rows = 0;
        std::size_t columns = 0;
        const auto places =
            window_places(state.height, state.width, conv->kernel, conv->stride, conv->padding, rows, columns);
        const std::size_t taps = conv->kernel[0] * conv->kernel[1];
        const auto average = [&](const arma::mat& in) {
            arma::mat out(rows * columns, rows * columns, arma::fill::zeros);
            for (std::size_t p = 0; p < out.n_rows; ++p) {
                for (std::size_t q = 0; q < out.n_cols; ++q) {
                    for (std::size_t t = 0; t < taps; ++t) {
                        const long a = places[p * taps + t];
                        const long b = places[q * taps + t];
                        if (a >= 0 && b >= 0) out(p, q) += in(static_cast<std::size_t>(a), static_cast<std::size_t>(b));
                    }
                }
            }
            return arma::mat(out / static_cast<double>(taps));
        };
        for (int k = 0; k < 3; ++k) {
            state.kernel[k] = average(state.kernel[k]);
            state.theta[k] = average(state.theta[k]);
        }
        state.height = rows;
        state.width = columns;
        affine(state, standard, conv->sigma_w, conv->sigma_b, conv->has_bias, state.fan * static_cast<double>(taps),
               conv->width);
    } else if (const auto* activation = std::get_if<network::ActivationLayer>(&layer.value)) {
        const arma::vec variances[2] = {state.kernel[0].diag(), state.kernel[1].diag()};
        for (int k = 0; k < 3; ++k) {
            const arma::vec& left = variances[k == 1 ? 1 : 0];
            const arma::vec& right = variances[k == 0 ? 0 : 1];
            for (std::size_t p = 0; p < left.n_elem; ++p) {
                for (std::size_t q = 0; q < right.n_elem; ++q) {
                    const double bound = std::sqrt(left(p)) * std::sqrt(right(q));
                    const double c = k < 2 && p == q ? left(p) : std::clamp(state.kernel[k](p, q), -bound, bound);
                    const auto dual = kernel::dual_activation(activation->activation, left(p), right(q), c);
                    state.kernel[k](p, q) = dual.value;
                    state.theta[k](p, q) *= dual.derivative;
                }
            }
        }
    } else if (const auto* norm = std::get_if<network::LayerNorm>(&layer.value)) {
        arma::vec variances[2] = {state.kernel[0].diag(), state.kernel[1].diag()};
        for (arma::vec& q : variances) {
            if (norm->all_axes) q.fill(arma::mean(q));
            q += norm->eps;
        }
        for (int k = 0; k < 3; ++k) {
            const arma::mat divisor = arma::sqrt(variances[k == 1 ? 1 : 0] * variances[k == 0 ? 0 : 1].t());
            state.kernel[k] /= divisor;
            state.theta[k] /= divisor;
        }
    } else if (const auto* dropout = std::get_if<network::Dropout>(&layer.value)) {
        for (int k = 0; k < 2; ++k) {
            state.kernel[k].diag() /= dropout->keep;
            state.theta[k].diag() /= dropout->keep;
        }
    } else if (const auto* residual = std::get_if<network::Residual>(&layer.value)) {
        Pairs shortcut = state;
        apply(residual->branch, standard, state);
        apply(residual->shortcut, standard, shortcut);
        for (int k = 0; k < 3; ++k) {
            state.kernel[k] += shortcut.kernel[k];
            state.theta[k] += shortcut.theta[k];
        }
    } else if (const auto* repeat = std::get_if<network::Repeat>(&layer.value)) {
        for (std::size_t k = 0; k < repeat->times; ++k)
            apply(repeat->layers, standard, state);
    } else {
        // Flatten reads pairs (p, p), pools read all pairs of their windows.
        std::size_t rows = 1;
        std::size_t columns = 1;
        const std::size_t positions = state.height * state.width;
        arma::mat average(1, positions, arma::fill::value(1.0 / static_cast<double>(positions)));
        const bool flatten = std::holds_alternative<network::Flatten>(layer.value);
        if (const auto* pool = std::get_if<network::Pool>(&layer.value)) {
            const auto places =
                window_places(state.height, state.width, pool->window, pool->stride, pool->padding, rows, columns);
            const std::size_t taps = pool->window[0] * pool->window[1];
            average.zeros(rows * columns, positions);
            for (std::size_t p = 0; p < places.size(); ++p) {
                if (places[p] >= 0)
                    average(p / taps, static_cast<std::size_t>(places[p])) +=
                        pool->sum ? 1.0 : 1.0 / static_cast<double>(taps);
            }
        }
        const auto reduce = [&](const arma::mat& in) {
            if (flatten) return arma::mat(1, 1, arma::fill::value(arma::mean(in.diag())));
            return arma::mat(average * in * average.t());
        };
        for (int k = 0; k < 3; ++k) {
            state.kernel[k] = reduce(state.kernel[k]);
            state.theta[k] = reduce(state.theta[k]);
        }
        if (flatten) state.fan *= static_cast<double>(positions);
        state.height = rows;
        state.width = columns;
    }
}

void apply(const std::vector<network::Layer>& layers, bool standard, Pairs& state) {
    for (const network::Layer& layer : layers)
        apply(layer, standard, state);
}

Pairs reference(const network::Network& net, const arma::rowvec& x, const arma::rowvec& y) {
    const auto& shape = net.input_shape.value();
    Pairs state{shape[0], shape[1], {}, {}, static_cast<double>(shape[2])};
    const arma::mat left = arma::reshape(arma::vec(x.t()), shape[2], shape[0] * shape[1]);
    const arma::mat right = arma::reshape(arma::vec(y.t()), shape[2], shape[0] * shape[1]);
    const double factor = net.unit_input ? 1.0 : 1.0 / static_cast<double>(shape[2]);
    state.kernel[0] = factor * left.t() * left;
    state.kernel[1] = factor * right.t() * right;
    state.kernel[2] = factor * left.t() * right;
    for (int k = 0; k < 3; ++k)
        state.theta[k].zeros(arma::size(state.kernel[k]));
    apply(net.layers, net.standard, state);
    return state;
}

double relative(double got, double want) {
    return std::abs(got - want) / std::max(1.0, std::abs(want));
}

kernel::GramOptions both_kernels() {
    kernel::GramOptions options;
    options.ntk = true;
    return options;
}

// Largest deviation from the reference of K and Theta of X with itself and with X2, by entries.
double deviation(const network::Network& net, const arma::mat& x, const arma::mat& x2) {
    const auto own = kernel::gram<double>(net, x, both_kernels());
    const auto cross = kernel::gram<double>(net, x, x2, both_kernels());
    double worst = 0.0;
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        for (std::size_t j = 0; j < x2.n_rows; ++j) {
            const Pairs pair = reference(net, x.row(i), x2.row(j));
            worst = std::max(worst, relative(cross.nngp(i, j), pair.kernel[2](0, 0)));
            worst = std::max(worst, relative(cross.ntk(i, j), pair.theta[2](0, 0)));
        }
        for (std::size_t j = 0; j <= i; ++j) {
            const Pairs pair = reference(net, x.row(i), x.row(j));
            const int which = i == j ? 0 : 2;
            worst = std::max(worst, relative(own.nngp(i, j), pair.kernel[which](0, 0)));
            worst = std::max(worst, relative(own.ntk(i, j), pair.theta[which](0, 0)));
        }
    }
    return worst;
}

// A random description that read_network accepts, or nothing.
class RandomNetwork {
public:
    explicit RandomNetwork(base::RandomStream& stream) : stream_(stream) {}

    std::string text(const std::string& activation) {
        activation_ = activation;
        std::string layers = conv();
        const std::size_t blocks = 1 + stream_.below(3);
        for (std::size_t k = 0; k < blocks; ++k)
            layers += "," + block();
        layers += one_of({",\"flatten\"", ",\"global_avg_pool\"", ",{\"global_avg_pool\":{}}"});
        const bool standard = stream_.below(3) == 0;
        const std::string shape = "[" + std::to_string(2 + stream_.below(5)) + "," +
                                  std::to_string(2 + stream_.below(5)) + "," + std::to_string(1 + stream_.below(3)) +
                                  "]";
        return R"({"parameterization":")" + std::string(standard ? "standard" : "ntk") + R"(","input_scale":")" +
               one_of({"fan_in", "unit"}) + R"(","input_shape":)" + shape + R"(,"layers":[)" + layers +
               R"(,{"dense":{"sigma_w":1.2,"width":2}}]})";
    }

private:
    std::string one_of(const std::vector<std::string>& words) { return words[stream_.below(words.size())]; }
    std::string pair(std::size_t most) {
        return "[" + std::to_string(1 + stream_.below(most)) + "," + std::to_string(1 + stream_.below(most)) + "]";
    }
    std::string padding() { return one_of({"SAME", "SAME", "CIRCULAR", "VALID"}); }
    std::string conv() {
        const std::string stride = stream_.below(3) == 0 ? pair(3) : "[1,1]";
        return R"({"conv":{"kernel":)" + pair(3) + R"(,"stride":)" + stride + R"(,"padding":")" + padding() +
               R"(","sigma_w":)" + one_of({"1.1", "1.4"}) + one_of({"", R"(,"sigma_b":0.3)"}) + R"(,"width":3}})";
    }
    std::string pool() {
        return R"({")" + one_of({"avg_pool", "sum_pool"}) + R"(":{"window":)" + pair(3) + R"(,"stride":)" + pair(2) +
               R"(,"padding":")" + padding() + R"("}})";
    }
    std::string block() {
        const std::string act = R"({"activation":)" + activation_ + "}";
        switch (stream_.below(7)) {
        case 0:
            return act + "," + pool() + "," + conv();
        case 1:
            return R"({"layer_norm":{"axes":")" + one_of({"channel", "all"}) + R"(","eps":1e-3}},)" + act + "," +
                   conv();
        case 2:
            return act + R"(,{"dropout":{"keep":0.8}},)" + conv();
        case 3:
            return R"({"residual":{"branch":[)" + act + "," + conv() + R"(],"shortcut":[)" +
                   one_of({"", conv(), pool() + R"(,{"dense":{"width":3}})"}) + "]}}";
        case 4:
            return R"({"repeat":{"times":2,"layers":[)" + act + R"(,{"conv":{"kernel":[3,2],"padding":")" +
                   one_of({"SAME", "CIRCULAR"}) + R"(","width":3}}]}})";
        case 5:
            return act + R"(,{"dense":{"width":3,"sigma_w":1.2}})";
        default:
            return act + "," + conv();
        }
    }

    base::RandomStream& stream_;
    std::string activation_;
};

} // namespace

TEST_CASE("random networks of images agree with the recursion over all pairs of positions") {
    const char* wanted = std::getenv("LIMSYM_TEST_SEED");
    const std::uint64_t seed = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 20;
    CAPTURE(seed);
    base::RandomStream stream(seed, "random networks of images");
    RandomNetwork random(stream);
    const std::vector<std::string> activations{R"("relu")",
                                               R"({"leaky_relu":{"alpha":0.3}})",
                                               R"("erf")",
                                               R"("gelu")",
                                               R"({"sin":{"b":0.7,"c":0.2}})",
                                               R"({"polynomial":{"coef":[0.1,0.6,0.2]}})",
                                               R"({"rbf":{"gamma":0.3}})"};
    std::size_t tested = 0;
    for (std::size_t attempt = 0; tested < 120 && attempt < 4000; ++attempt) {
        const std::string text = random.text(activations[stream.below(activations.size())]);
        std::optional<network::Network> net;
        try {
            net = parsed(text);
        } catch (const base::InputError&) {
            continue;
        }
        CAPTURE(text);
        const auto& shape = net->input_shape.value();
        const arma::mat x = tests::scattered(3, shape[0] * shape[1] * shape[2], attempt);
        const arma::mat x2 = tests::scattered(2, x.n_cols, attempt + 5000);
        CHECK(deviation(*net, x, x2) < 1e-10);
        ++tested;
    }
    CHECK(tested == 120);
}

namespace {

bool same_bits(const arma::mat& a, const arma::mat& b) {
    return a.n_rows == b.n_rows && a.n_cols == b.n_cols && std::equal(a.begin(), a.end(), b.begin());
}

// One net for each way through the engine: position by position, displacements, pools between, torus.
std::vector<std::string> kinds_of_networks() {
    const std::string head = R"({"input_shape":[6,5,2],"layers":[)";
    const std::string conv = R"({"conv":{"kernel":[3,3],"sigma_w":1.3,"sigma_b":0.4}})";
    const std::string wrapping = R"({"conv":{"kernel":[3,2],"padding":"CIRCULAR","sigma_w":1.3,"sigma_b":0.4}})";
    const std::string relu = R"({"activation":"relu"})";
    const std::string end = R"(,{"dense":{"sigma_w":1.2}}]})";
    return {
        head + conv + "," + relu + "," + conv + "," + relu + R"(,"flatten")" + end,
        head + conv + "," + relu + "," + conv + "," + relu + R"(,"global_avg_pool")" + end,
        head + conv + "," + relu + R"(,{"avg_pool":{"window":[2,3],"stride":[2,1]}},)" + conv + "," + relu +
            R"(,"global_avg_pool")" + end,
        head + wrapping + "," + relu + "," + wrapping + "," + relu + R"(,"global_avg_pool")" + end,
        head + conv + R"(,{"layer_norm":{"axes":"all","eps":0.1}},)" + relu +
            R"(,{"sum_pool":{"window":[2,2],"padding":"SAME"}},)" + wrapping + R"(,{"layer_norm":{"eps":0.2}},)" +
            relu + R"(,"flatten")" + end,
        head + conv + R"(,{"residual":{"branch":[)" + relu +
            R"(,{"conv":{"kernel":[3,3],"stride":[2,2],"sigma_b":0.3}}],"shortcut":[{"conv":{"kernel":[1,1],"stride":[2,2]}}]}},)" +
            relu + R"(,"global_avg_pool")" + end,
        head + conv + R"(,{"residual":{"branch":[)" + relu +
            R"(,{"conv":{"kernel":[2,2],"stride":[2,2],"sigma_b":0.3}}],"shortcut":[{"avg_pool":{"window":[2,2],"stride":[2,2],"padding":"SAME"}},{"dense":{}}]}},)" +
            relu + R"(,"global_avg_pool")" + end,
        head + conv + R"(,{"dropout":{"keep":0.7}},)" + relu + "," + conv +
            R"(,{"activation":"erf"},"global_avg_pool")" + end,
    };
}

double contracted(const network::Network& net, const arma::mat& x, const arma::mat& weights) {
    return arma::accu(kernel::gram<double>(net, x, {}).nngp % weights);
}

// The description with the scales of all layers but the readout multiplied.
void multiply_scales(std::vector<network::Layer>& layers, double by_w, double by_b, bool top) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (top && i + 1 == layers.size()) continue;
        const auto scale = [&](auto& layer) {
            layer.sigma_w *= by_w;
            layer.sigma_b *= by_b;
        };
        if (auto* dense = std::get_if<network::Dense>(&layers[i].value)) scale(*dense);
        if (auto* conv = std::get_if<network::Convolution>(&layers[i].value)) scale(*conv);
        if (auto* residual = std::get_if<network::Residual>(&layers[i].value)) {
            multiply_scales(residual->branch, by_w, by_b, false);
            multiply_scales(residual->shortcut, by_w, by_b, false);
        }
        if (auto* repeat = std::get_if<network::Repeat>(&layers[i].value))
            multiply_scales(repeat->layers, by_w, by_b, false);
    }
}

} // namespace

TEST_CASE("images: neither threads nor the order of rows change a bit") {
    for (const std::string& text : kinds_of_networks()) {
        CAPTURE(text);
        const network::Network net = parsed(text);
        const std::size_t n = 41;
        const arma::mat x = tests::scattered(n, 60);
        const auto reference = kernel::gram<double>(net, x, both_kernels());
        {
            const base::ThreadLimit one(1);
            const auto serial = kernel::gram<double>(net, x, both_kernels());
            CHECK(same_bits(serial.nngp, reference.nngp));
            CHECK(same_bits(serial.ntk, reference.ntk));
        }
        base::RandomStream stream(3, "test permutation");
        arma::uvec order = arma::regspace<arma::uvec>(0, n - 1);
        for (std::size_t i = n; i > 1; --i)
            std::swap(order(i - 1), order(stream.below(i)));
        const auto permuted = kernel::gram<double>(net, x.rows(order), both_kernels());
        CHECK(same_bits(permuted.nngp, reference.nngp.submat(order, order)));
        CHECK(same_bits(permuted.ntk, reference.ntk.submat(order, order)));
        CHECK(same_bits(reference.nngp, arma::mat(reference.nngp.t())));

        arma::mat lower(n, n, arma::fill::value(-1.0));
        kernel::gram_lower(net, x, lower, {});
        CHECK(arma::abs(arma::trimatl(lower) - arma::trimatl(reference.nngp)).max() < 1e-14);
        CHECK(lower(0, n - 1) == -1.0);
        const auto diagonal = kernel::gram_diagonal(net, x, both_kernels());
        CHECK(same_bits(diagonal.nngp, reference.nngp.diag()));
        CHECK(same_bits(diagonal.ntk, reference.ntk.diag()));
    }
}

TEST_CASE("images: X with itself agrees with X as two sets, in single precision too, and both kernels are positive") {
    for (const std::string& text : kinds_of_networks()) {
        CAPTURE(text);
        const network::Network net = parsed(text);
        const arma::mat x = tests::scattered(200, 60);
        const auto own = kernel::gram<double>(net, x, both_kernels());
        for (const arma::mat* kernel : {&own.nngp, &own.ntk}) {
            const arma::vec eigenvalues = arma::eig_sym(*kernel);
            CHECK(eigenvalues.min() > -1e-12 * eigenvalues.max());
        }
        const arma::mat few = x.head_rows(21);
        auto cross = kernel::gram<double>(net, few, few, both_kernels());
        arma::mat difference = cross.nngp - own.nngp.submat(0, 0, 20, 20);
        difference.diag().zeros();
        CHECK(arma::abs(difference).max() < 1e-12);
        difference = cross.ntk - own.ntk.submat(0, 0, 20, 20);
        difference.diag().zeros();
        CHECK(arma::abs(difference).max() < 1e-12);
        const auto single = kernel::gram<float>(net, few, both_kernels());
        for (std::size_t i = 0; i < 21; ++i) {
            for (std::size_t j = 0; j < 21; ++j) {
                CHECK(relative(static_cast<double>(single.nngp(i, j)), own.nngp(i, j)) < 2e-5);
                CHECK(relative(static_cast<double>(single.ntk(i, j)), own.ntk(i, j)) < 2e-5);
            }
        }
    }
}

TEST_CASE("images: series of activations agree with the recursion over all pairs of positions") {
    for (const std::string activation : {R"("tanh")", R"("softplus")", R"("swish")", "{\"expr\":\"x*tanh(x)\"}"}) {
        CAPTURE(activation);
        const std::string act = R"({"activation":)" + activation + "}";
        const network::Network net =
            parsed(R"({"input_shape":[2,2,2],"layers":[{"conv":{"kernel":[2,2],"sigma_b":0.2}},)" + act +
                   R"(,{"conv":{"kernel":[1,2],"sigma_w":1.3}},)" + act +
                   R"(,{"avg_pool":{"window":[2,1]}},{"dense":{}},)" + act + R"(,"flatten",{"dense":{}}]})");
        arma::mat x = tests::scattered(2, 8);
        x.submat(1, 0, 1, 3).zeros();
        CHECK(deviation(net, x, tests::scattered(1, 8, 9)) < 1e-9);
    }
}

TEST_CASE("images: tables of activations with kinks agree with the recursion, zero variances among them") {
    for (const std::string activation : {R"("elu")", R"({"expr":"elu(x) - 0.3*x + 0.2","kinks":[0]})"}) {
        CAPTURE(activation);
        const network::Network net =
            parsed(R"({"input_shape":[1,3,1],"layers":[{"conv":{"kernel":[1,2],"sigma_w":1.3}},{"activation":)" +
                   activation + R"(},"global_avg_pool",{"dense":{}}]})");
        arma::mat x = tests::scattered(1, 3);
        x(0, 0) = x(0, 1) = 0.0;
        CHECK(deviation(net, x, tests::scattered(1, 3, 9)) < 1e-10);
    }
}

TEST_CASE("images: windows of ones count the pixels they see") {
    // One linear layer of sigma_w 1 on images of ones: K is the number of taps inside over the number of taps, and the
    // readout averages it over positions.
    const auto mean_kernel = [](const std::string& conv, std::size_t h, std::size_t w) {
        const network::Network net = parsed(R"({"input_shape":[)" + std::to_string(h) + "," + std::to_string(w) +
                                            R"(,1],"layers":[{"conv":)" + conv + R"(},"flatten",{"dense":{}}]})");
        const arma::mat ones(1, h * w, arma::fill::ones);
        return kernel::gram<double>(net, ones, {}).nngp(0, 0);
    };
    CHECK(mean_kernel(R"({"kernel":[3,3]})", 4, 4) ==
          doctest::Approx((4 * 4 + 8 * 6 + 4 * 9) / (16.0 * 9)).epsilon(1e-14));
    CHECK(mean_kernel(R"({"kernel":[3,3],"padding":"CIRCULAR"})", 4, 4) == doctest::Approx(1).epsilon(1e-14));
    CHECK(mean_kernel(R"({"kernel":[3,3],"padding":"VALID"})", 4, 4) == doctest::Approx(1).epsilon(1e-14));
    // Stride 2 on 5: 3 places, padded by one on either side. On 4: 2 places, padded by one at the end alone.
    CHECK(mean_kernel(R"({"kernel":[3,1],"stride":[2,1]})", 5, 1) == doctest::Approx((2 + 3 + 2) / 9.0).epsilon(1e-14));
    CHECK(mean_kernel(R"({"kernel":[3,1],"stride":[2,1]})", 4, 1) == doctest::Approx((3 + 2) / 6.0).epsilon(1e-14));
    CHECK(mean_kernel(R"({"kernel":[1,2]})", 1, 3) == doctest::Approx((2 + 2 + 1) / 6.0).epsilon(1e-14));
}

TEST_CASE("images: derivatives by the scales agree with differences") {
    std::vector<std::string> texts = kinds_of_networks();
    for (const std::string activation :
         {R"("erf")", R"("gelu")", R"("abs")", R"({"sin":{"b":0.8,"c":0.3}})",
          R"({"polynomial":{"coef":[0.2,0.7,-0.3]}})", R"("tanh")", R"({"rectified_monomial":{"degree":2}})",
          R"({"rbf":{"gamma":0.4}})", R"("elu")"})
        texts.push_back(R"({"input_shape":[3,4,2],"layers":[{"conv":{"kernel":[2,3],"sigma_w":1.1,"sigma_b":0.4}},
            {"activation":)" +
                        activation + R"(},{"conv":{"kernel":[2,2],"padding":"VALID","sigma_w":1.2,"sigma_b":0.2}},
            {"activation":"relu"},"global_avg_pool",{"dense":{"sigma_b":0.3}}]})");
    for (const std::string& text : texts) {
        CAPTURE(text);
        const network::Network net = parsed(text);
        const auto& shape = net.input_shape.value();
        const arma::mat x = tests::scattered(5, shape[0] * shape[1] * shape[2]);
        arma::mat weights = tests::scattered(5, 5, 3);
        weights = weights + weights.t();
        const kernel::ScaleDerivatives got = kernel::contract_scale_derivatives(net, x, weights, {});
        const double step = 1e-4;
        const auto difference = [&](bool of_w) {
            const auto at = [&](double log_scale) {
                network::Network moved = net;
                const double factor = std::exp(log_scale);
                multiply_scales(moved.layers, of_w ? factor : 1.0, of_w ? 1.0 : factor, true);
                return contracted(moved, x, weights);
            };
            return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
        };
        CHECK(got.log_sigma_w == doctest::Approx(difference(true)).epsilon(1e-6));
        CHECK(got.log_sigma_b == doctest::Approx(difference(false)).epsilon(1e-6));
    }
}

TEST_CASE("images: homogeneous networks that leave the range carry a scale") {
    const auto deep = [](const std::string& sigma_w, const std::string& shrink) {
        return parsed(R"({"input_shape":[3,3,2],"layers":[{"repeat":{"times":20,"layers":[
            {"conv":{"kernel":[2,2],"sigma_w":)" +
                      sigma_w + R"(}},{"residual":{"branch":[{"activation":"abs"},{"dense":{}}]}},
            {"activation":"relu"}]}},)" +
                      shrink + R"(,{"dense":{}}]})");
    };
    const arma::mat x = tests::scattered(3, 18);
    kernel::GramOptions both;
    both.ntk = true;
    for (const std::string shrink :
         {R"("flatten")", R"("global_avg_pool")", R"({"avg_pool":{"window":[2,2]}},"flatten")"}) {
        CAPTURE(shrink);
        const auto plain = kernel::gram<double>(deep("1", shrink), x, both);
        for (const double log10_sigma : {10.0, -10.0}) {
            const auto moved = kernel::gram<double>(deep(log10_sigma > 0 ? "1e10" : "1e-10", shrink), x, both);
            CHECK((moved.log2_scale > 0) == (log10_sigma > 0.0));
            CHECK(moved.log2_scale != 0);
            const double factor = std::exp2(40 * log10_sigma * std::log2(10.0) - static_cast<double>(moved.log2_scale));
            CHECK(arma::abs(moved.nngp - factor * plain.nngp).max() < 1e-10 * arma::abs(moved.nngp).max());
            CHECK(moved.ntk.is_finite());
            CHECK(arma::abs(moved.ntk - factor * plain.ntk).max() < 1e-10 * arma::abs(moved.ntk).max());
            CHECK(kernel::gram_diagonal(deep(log10_sigma > 0 ? "1e10" : "1e-10", shrink), x, {}).log2_scale ==
                  moved.log2_scale);
        }
        // Overflows on the way in float, although the result is in range of double.
        CHECK(kernel::gram<float>(deep("20", shrink), x, {}).log2_scale > 0);
        CHECK(kernel::gram<double>(deep("20", shrink), x, {}).log2_scale == 0);
    }
}

TEST_CASE("images: nearly equal pixels of many channels have the kernel of vectors") {
    constexpr std::size_t channels = 784;
    arma::mat x = tests::scattered(6, channels);
    for (std::size_t i = 1; i < x.n_rows; ++i)
        x.row(i) = x.row(0) + std::pow(10.0, -static_cast<double>(i) - 3.0) * x.row(i);
    const std::string rest =
        R"({"activation":"relu"},{"dense":{"sigma_w":1.5,"sigma_b":0.1}},{"activation":"relu"},{"dense":{}}]})";
    const network::Network vectors = parsed(R"({"layers":[{"dense":{"sigma_w":1.5,"sigma_b":0.1}},)" + rest);
    const network::Network pixels =
        parsed(R"({"input_shape":[1,1,784],"layers":[{"conv":{"kernel":[1,1],"sigma_w":1.5,"sigma_b":0.1}},)" + rest);
    kernel::GramOptions ntk;
    ntk.ntk = true;
    const arma::mat exact = kernel::gram<double>(vectors, x, ntk).ntk;
    CHECK(arma::abs(kernel::gram<double>(pixels, x, ntk).ntk / exact - 1.0).max() < 2e-8);
    const auto single = kernel::gram<float>(pixels, x, ntk).ntk;
    CHECK(arma::abs(arma::conv_to<arma::mat>::from(single) / exact - 1.0).max() < 1e-4);
}
