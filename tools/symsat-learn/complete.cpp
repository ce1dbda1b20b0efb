#include <exception>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/satnet/completion.hpp"
#include "model_options.hpp"

namespace limsym::tools {

namespace {

constexpr std::size_t most_at_once = 256;

struct Options {
    ModelOptions model;
    DataOptions data;
    SolveOptions solve;
    std::string emit = "record";
};

void write_record(const satnet::Assignment& record, const satnet::Completion& completion, cli::Context& context) {
    data::JsonWriter writer(context.out());
    writer.begin_object().member("schema", "limsym/completion@1").member("id", record.id);
    writer.key("z").numbers(arma::vec(completion.z)).key("x").numbers(arma::vec(completion.x));
    writer.member("objective", completion.objective).member("sdp", completion.sdp).member("iters", completion.iters);
    writer.member("violations", completion.violations ? data::Json(*completion.violations) : data::Json());
    writer.member("undetermined", completion.undetermined).end_object().finish();
}

int run(const Options& options, cli::Context& context) {
    const satnet::Model model = read_model(options.model, context);
    if (options.emit == "line" && !(model.problem && model.problem->has_text()))
        throw base::InputError("--emit", "line needs a model of a problem with a text form; expected record");
    const satnet::AssignmentOptions how = assignment_options(options.data, model, context);
    satnet::Completer completer(model, completion_options(options.solve, model, context));
    satnet::AssignmentReader reader(how);
    std::vector<satnet::Assignment> batch;
    std::vector<satnet::Completion> done;
    std::uint64_t first = 0;
    for (bool more = true; more;) {
        // What has come is answered before more is waited for, and before an error in a later line is told.
        batch.clear();
        std::exception_ptr failure;
        try {
            satnet::Assignment record;
            do {
                more = reader.next(record);
                if (more) batch.push_back(record);
            } while (more && batch.size() < most_at_once && reader.ready());
        } catch (const base::InputError&) {
            failure = std::current_exception();
        }
        done.assign(batch.size(), {});
        base::parallel_for(batch.size(), [&](std::size_t r) { done[r] = completer.complete(batch[r].x, first + r); });
        for (std::size_t r = 0; r < batch.size(); ++r) {
            if (options.emit == "record")
                write_record(batch[r], done[r], context);
            else
                context.out()(satnet::write_board(*model.problem, done[r].x, how.facelets) + "\n");
            bool known = false;
            for (const double x : batch[r].x)
                known = known || !satnet::is_unknown(x);
            if (!known) context.warn("a record in which nothing is known: its answer may depend on --seed");
        }
        context.flush();
        first += batch.size();
        if (failure) std::rethrow_exception(failure);
    }
    return 0;
}

} // namespace

cli::Command complete_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("complete", "fill in partial assignments with a model");
    command.describe(
        "A filter: a record in, a line out, as soon as it is solved. z are the outputs of the layer, x the "
        "0/1 values that --round makes of them, objective the couplings' sum at x, sdp the same at the "
        "relaxed point, which is a lower bound where k exceeds sqrt(2n). Known 0/1 values stay. A variable "
        "that no coupling pulls has z 0.5 and x 0 and is listed in undetermined.");
    command.example("qqwing --generate 10 --csv --puzzle | symsat-learn complete --model m.json --emit line",
                    "solve puzzles");
    declare(command, options->model);
    declare(command, options->solve);
    command.choice(options->emit, "--emit", {"record", "line"}, "records, or boards in the problem's text form");
    declare(command, options->data);
    command.results({data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
