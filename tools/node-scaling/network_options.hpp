// Scales and networks as every subcommand takes them: drawn from options, or read with --model.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/nodescaling/network_document.hpp"
#include "limsym/nodescaling/shallow_network.hpp"

namespace limsym::tools {

struct ScaleOptions {
    std::optional<std::size_t> m;
    std::optional<double> gamma;
    std::optional<double> alpha;
    std::string variant; ///< empty: not given
    std::optional<std::string> lambda;
    bool renormalise = false;

    /// The first option that was given, or "".
    [[nodiscard]] std::string given() const;
    [[nodiscard]] std::size_t nodes() const { return m.value_or(2000); }
    /// @throws InputError where gamma < 1 and alpha is out of its range
    [[nodiscard]] nodescaling::ScaleLaw law() const;
};
void declare(cli::Command& command, ScaleOptions& options);

/// --gamma and --alpha, or --lambda.
struct Scales {
    arma::vec lambda;
    std::optional<nodescaling::ScaleLaw> law; ///< nothing: from a file
};
/// m, gamma, alpha, variant, or m and lambda_sha256: what of a record's options these are.
[[nodiscard]] data::Json to_options(const Scales& scales);
[[nodiscard]] Scales make_scales(const ScaleOptions& options, cli::Context& context);

struct InitialNetworkOptions {
    ScaleOptions scales;
    std::string activation; ///< empty: not given
    std::optional<double> sigma_w;

    /// The first option that was given, or "".
    [[nodiscard]] std::string given() const;
    [[nodiscard]] nodescaling::NodeActivation node_activation() const {
        return nodescaling::NodeActivation(activation.empty() ? "relu" : activation);
    }
};
void declare(cli::Command& command, InitialNetworkOptions& options);

/// A network of independent random weights.
[[nodiscard]] nodescaling::ShallowNetwork draw_network(const InitialNetworkOptions& options, std::size_t inputs,
                                                       std::size_t outputs, std::uint64_t seed, cli::Context& context);
/// Its scales, activation and sigma_w, for the record.
[[nodiscard]] data::Json to_options(const nodescaling::ShallowNetwork& network);

/// --model FILE that must be there.
void declare_model(cli::Command& command, std::optional<std::string>& file, const std::string& help);
[[nodiscard]] nodescaling::ShallowNetwork read_model(const std::string& file, cli::Context& context);

/// A model file, JSON or HDF5 by its name, that appears when the command has ended well.
class ModelOutput {
public:
    /// @param file nothing: nothing is written @param weights m d, for the limit of JSON @param force --force
    ModelOutput(const std::optional<std::string>& file, std::uint64_t weights, bool force, cli::Context& context);
    void write(const data::Json& head, const nodescaling::ShallowNetwork& network) const;
    [[nodiscard]] bool wanted() const { return !file_.empty(); }

private:
    std::string file_;
    bool hdf5_ = false;
    cli::Context& context_;
};
void declare_force(cli::Command& command, bool& force);
/// @throws InputError naming `option` where JSON would hold more than a million weights
void check_json_size(std::uint64_t weights, bool force, const std::string& option);

} // namespace limsym::tools
