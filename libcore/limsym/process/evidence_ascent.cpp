#include "limsym/process/evidence_ascent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "limsym/base/error.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/minimise.hpp"
#include "limsym/process/evidence_gradient.hpp"

namespace limsym::process {

namespace {

using Values = std::array<double, hyperparameters.size()>; // by Hyperparameter; 0 where there is none

std::size_t place(Hyperparameter parameter) {
    return static_cast<std::size_t>(parameter);
}

/// The mean of the logs of positive values; equal values give themselves, none gives 0.
double geometric_mean(const std::vector<double>& values) {
    double sum = 0.0;
    std::vector<double> positive;
    for (const double v : values)
        if (v > 0.0) positive.push_back(v);
    if (positive.empty()) return 0.0;
    if (std::all_of(positive.begin(), positive.end(), [&](double v) { return v == positive[0]; })) return positive[0];
    for (const double v : positive)
        sum += std::log(v);
    return std::exp(sum / static_cast<double>(positive.size()));
}

std::vector<double> hidden_values(const network::Network& network, Hyperparameter which) {
    std::vector<double> values;
    for (const network::AffineScales& scales : network::hidden_scales(network))
        values.push_back(which == Hyperparameter::sigma_w ? scales.sigma_w : scales.sigma_b);
    return values;
}

/// The values of the network and the options.
Values own_values(const EvidenceAscent& work) {
    Values values{};
    values[place(Hyperparameter::sigma_w)] = geometric_mean(hidden_values(work.network, Hyperparameter::sigma_w));
    values[place(Hyperparameter::sigma_b)] = geometric_mean(hidden_values(work.network, Hyperparameter::sigma_b));
    values[place(Hyperparameter::noise)] = work.options.noise.value_or(1.0);
    if (work.options.prior.kind == PriorKind::inverse_gamma) {
        values[place(Hyperparameter::alpha)] = work.options.prior.parameters[0];
        values[place(Hyperparameter::beta)] = work.options.prior.parameters[1];
    }
    return values;
}

/// One coordinate of the search: log value = middle + half sin(t / half) stays in its range, and t moves like the log
/// value well inside.
struct Coordinate {
    Hyperparameter parameter;
    double middle;
    double half;

    [[nodiscard]] double value(double t) const {
        return half > 0.0 ? std::exp(middle + half * std::sin(t / half)) : std::exp(middle);
    }
    [[nodiscard]] double slope(double t) const { return half > 0.0 ? std::cos(t / half) : 0.0; }
    /// The slope vanishes at the ends, so a start is kept off them.
    [[nodiscard]] double at(double value) const {
        if (!(half > 0.0)) return 0.0;
        return half * std::asin(std::clamp((std::log(value) - middle) / half, -0.999, 0.999));
    }
};

class Search {
public:
    Search(const EvidenceAscent& work, const base::Monitor& monitor) : work_(work), monitor_(monitor) {
        own_ = own_values(work);
        for (const Hyperparameter parameter : hyperparameters) {
            const double own = own_[place(parameter)];
            if (own == 0.0) continue;
            SearchRange range = widest_range(parameter);
            if (work.space[parameter]) {
                range = *work.space[parameter];
            } else if (parameter != Hyperparameter::noise || work.options.noise) {
                range = {std::min(range.low, own / 100.0), std::max(range.high, own * 100.0)};
            }
            const double low = std::log(range.low);
            const double high = std::log(range.high);
            coordinates_.push_back({parameter, 0.5 * (low + high), 0.5 * (high - low)});
        }
    }

    [[nodiscard]] arma::vec start(std::size_t index) {
        Values values = own_;
        if (index == 0) {
            if (!work_.options.noise) values[place(Hyperparameter::noise)] = best_own_noise();
        } else {
            base::RandomStream stream(work_.seed, "tune", index);
            for (const Hyperparameter parameter : hyperparameters) {
                const SearchRange range = work_.space[parameter].value_or(starting_range(parameter));
                values[place(parameter)] = range.low * std::pow(range.high / range.low, stream.uniform());
            }
        }
        arma::vec t(coordinates_.size(), arma::fill::none);
        for (std::size_t k = 0; k < coordinates_.size(); ++k)
            t(k) = coordinates_[k].at(values[place(coordinates_[k].parameter)]);
        return t;
    }

    [[nodiscard]] Trial trial_at(const arma::vec& t) const {
        Values values = own_;
        for (std::size_t k = 0; k < coordinates_.size(); ++k)
            values[place(coordinates_[k].parameter)] = coordinates_[k].value(t(k));
        Trial trial;
        if (own_[place(Hyperparameter::sigma_w)] != 0.0) {
            trial.sigma_w = values[place(Hyperparameter::sigma_w)];
            trial.sigma_b = values[place(Hyperparameter::sigma_b)];
        }
        trial.noise = values[place(Hyperparameter::noise)];
        trial.scale_prior = work_.options.prior;
        if (trial.scale_prior.kind == PriorKind::inverse_gamma)
            trial.scale_prior.parameters = {values[place(Hyperparameter::alpha)], values[place(Hyperparameter::beta)]};
        return trial;
    }

    /// Minus the log evidence; infinity where it does not exist, with the reason kept.
    double minus_evidence(const arma::vec& t, arma::vec& gradient) {
        monitor_.check();
        const Trial trial = trial_at(t);
        const network::Network network = network_of(work_.network, trial);
        try {
            RegressionFit fit = fit_regression(kernel_of(network, work_.x), work_.y, {},
                                               options_of(work_.options, trial), "the training data");
            const EvidenceGradient slopes = evidence_gradient(fit, std::move(fit.factor), &network, work_.x);
            for (std::size_t k = 0; k < coordinates_.size(); ++k)
                gradient(k) = -slope_of(slopes, coordinates_[k].parameter) * coordinates_[k].slope(t(k));
            return -fit.log_evidence;
        } catch (const base::WorkError& error) {
            reason_ = error.what();
            return std::numeric_limits<double>::infinity();
        }
    }

    [[nodiscard]] const std::string& reason() const { return reason_; }

private:
    static double slope_of(const EvidenceGradient& gradient, Hyperparameter parameter) {
        switch (parameter) {
        case Hyperparameter::sigma_w:
            return gradient.log_sigma_w.value_or(0.0);
        case Hyperparameter::sigma_b:
            return gradient.log_sigma_b.value_or(0.0);
        case Hyperparameter::noise:
            return gradient.log_noise;
        case Hyperparameter::alpha:
            return gradient.log_alpha.value_or(0.0);
        case Hyperparameter::beta:
            return gradient.log_beta.value_or(0.0);
        }
        return 0.0;
    }

    [[nodiscard]] double best_own_noise() const {
        arma::mat k(work_.x.n_rows, work_.x.n_rows, arma::fill::none);
        Trial own;
        if (own_[place(Hyperparameter::sigma_w)] != 0.0) own.sigma_w = own_[place(Hyperparameter::sigma_w)];
        if (own_[place(Hyperparameter::sigma_b)] != 0.0) own.sigma_b = own_[place(Hyperparameter::sigma_b)];
        const network::Network network = network_of(work_.network, own);
        kernel_of(network, work_.x)(k);
        return best_noise(spectral_form(k, work_.y), NoiseModel::scaled, work_.options.prior);
    }

    const EvidenceAscent& work_;
    const base::Monitor& monitor_;
    Values own_{};
    std::vector<Coordinate> coordinates_;
    std::string reason_;
};

} // namespace

void check_space(const EvidenceAscent& work, const std::string& option) {
    const Values own = own_values(work);
    for (const Hyperparameter parameter : hyperparameters) {
        if (!work.space[parameter] || own[place(parameter)] != 0.0) continue;
        const bool prior = parameter == Hyperparameter::alpha || parameter == Hyperparameter::beta;
        const std::string name(name_of(parameter));
        throw base::InputError(option, prior ? name + " belongs to --scale-prior inverse_gamma; the prior is " +
                                                   to_text(work.options.prior)
                                             : name + " is 0 and stays 0; expected a start that is not 0");
    }
}

bool hidden_layers_differ(const network::Network& network) {
    for (const Hyperparameter which : {Hyperparameter::sigma_w, Hyperparameter::sigma_b}) {
        const std::vector<double> values = hidden_values(network, which);
        if (!std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; })) return true;
    }
    return false;
}

Ascent ascend_evidence(const EvidenceAscent& work, std::size_t start, const base::Monitor& monitor) {
    numerics::LbfgsOptions stopping;
    stopping.gradient_tolerance = 1e-6;
    stopping.value_tolerance = 1e-9;
    Search search(work, monitor);
    Ascent ascent;
    try {
        const numerics::Minimum end = numerics::minimise_lbfgs(
            [&](const arma::vec& t, arma::vec& gradient) { return search.minus_evidence(t, gradient); },
            search.start(start), stopping);
        ascent.trial = search.trial_at(end.x);
        ascent.iterations = end.iterations;
        ascent.out_of_iterations = !end.converged && end.iterations == stopping.max_iterations;
        if (std::isfinite(end.value)) {
            ascent.trial.log_evidence = -end.value;
            ascent.trial.objective = -end.value;
        } else {
            ascent.trial.reason = search.reason();
        }
    } catch (const base::WorkError& error) {
        ascent.trial.reason = error.what();
    }
    ascent.trial.index = start;
    return ascent;
}

std::uint64_t ascent_bytes(const EvidenceAscent& work) {
    return regression_bytes(work.x.n_rows, work.options);
}

} // namespace limsym::process
