// A tool without mathematics that has every kind of option and of ending; the command-line tests run it.
#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "common/command.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"

namespace {

using namespace limsym;
using cli::Command;
using cli::Context;
using cli::Range;

/// Prints what every option became.
Command echo_command() {
    struct Options {
        bool verbose = false;
        double noise = 0.01;
        double alpha = 1.5;
        std::optional<double> tolerance;
        std::size_t count = 10;
        std::optional<std::size_t> width;
        std::string name = "none";
        std::optional<std::string> label;
        std::string which = "nngp";
        std::string standardise = "none";
        std::vector<double> quantiles{0.05, 0.5, 0.95};
        std::optional<std::string> net;
        std::optional<std::string> model_out;
        std::optional<base::Shard> shard;
        std::optional<std::string> plot;
        std::vector<std::string> files;
    };
    const auto options = std::make_shared<Options>();
    Command command("echo", "print what the options became");
    command.describe("Every kind of option that a tool can have, and its value as JSON.")
        .example("demo-tool echo --noise 0.1 x.csv", "one JSON object")
        .operands(options->files, 0, 2, "[X [X2]]", "Files that are not read")
        .results({data::Format::json, data::Format::csv})
        .random();
    command.group("Numbers");
    command.number(options->noise, "--noise", "V", Range::not_negative(), "Noise variance relative to s");
    command.number(options->alpha, "--alpha", "A", {0.0, 2.0, true, false}, "Stability index");
    command.number(options->tolerance, "--tolerance", "T", Range::positive(), "Stop when the change is below T");
    command.integer(options->count, "--count", "N", 1, 1'000'000, "How many draws").short_name = "-n";
    command.integer(options->width, "--width", "N", 1, std::size_t{1} << 62U, "Units of a layer");
    command.numbers(options->quantiles, "--quantiles", "P[,P]", Range::open(0.0, 1.0), "Quantiles to print");
    command.group("Words");
    command.flag(options->verbose, "--loud", "Say more");
    command.text(options->name, "--name", "NAME", "A name");
    command.text(options->label, "--label", "TEXT", "A label");
    command.choice(options->which, "--which", {"nngp", "ntk", "both"}, "Which kernel");
    command.choice(options->standardise, "--standardise", {"none", "x", "xy"}, "What is standardised");
    command.group("Files");
    command.input(options->net, "--net", "Network description");
    command.output(options->model_out, "--model-out", "Model to write");
    command.shard(options->shard, "Do part I of N");
    command.plot(options->plot, "the numbers");
    command.run([options](Context& context) {
        data::Json result = context.head("limsym/demo@1");
        result["noise"] = options->noise;
        result["alpha"] = options->alpha;
        result["tolerance"] = options->tolerance ? data::Json(*options->tolerance) : data::Json();
        result["count"] = options->count;
        result["width"] = options->width ? data::Json(*options->width) : data::Json();
        result["quantiles"] = options->quantiles;
        result["loud"] = options->verbose;
        result["name"] = options->name;
        result["label"] = options->label.value_or("");
        result["which"] = options->which;
        result["standardise"] = options->standardise;
        result["net"] = options->net.value_or("");
        result["shard"] = options->shard ? options->shard->index : 0;
        result["files"] = options->files;
        result["form"] = std::string(data::format_name(context.result_format()));
        result["memory"] = context.memory().bytes;
        if (options->model_out) context.file (*options->model_out)("model\n");
        context.write(result);
        return 0;
    });
    return command;
}

/// Copies its inputs to the result.
Command copy_command() {
    struct Options {
        std::optional<std::string> first;
        std::vector<std::string> files;
    };
    const auto options = std::make_shared<Options>();
    Command command("copy", "copy inputs to the result");
    command.example("demo-tool copy x.csv -o y.csv", "")
        .example("printf '1,2\\n' | demo-tool copy", "reads standard input")
        .operands(options->files, 1, 3, "[FILE...]", "Files to copy");
    command.input(options->first, "--first", "Copied before the operands");
    command.run([options](Context& context) {
        std::vector<std::string> files = options->files;
        if (options->first) files.insert(files.begin(), *options->first);
        for (const std::string& file : files)
            context.out()(base::InputFile(context.source(file).file).read_all());
        return 0;
    });
    return command;
}

/// Ends in the way that is asked for, after having written to the result and to a second file.
Command end_command() {
    struct Options {
        std::string how = "done";
        std::optional<std::string> second;
        bool flush = false;
    };
    const auto options = std::make_shared<Options>();
    Command command("end", "end in a chosen way");
    command.choice(options->how, "--how",
                   {"done", "no", "input", "work", "bug", "memory", "strange", "interrupt", "warn", "status"}, "How");
    command.output(options->second, "--second-out", "A second result");
    command.flag(options->flush, "--flush", "Flush before the end");
    command.run([options](Context& context) {
        context.out()("partial\n");
        if (options->flush) context.flush();
        if (options->second) context.file (*options->second)("second\n");
        const std::string& how = options->how;
        if (how == "input")
            throw base::InputError(base::at_line("x.csv", 3), "column 7 is 'abc'; expected a finite number");
        if (how == "work") throw base::WorkError("the matrix\nis singular; try --jitter");
        if (how == "bug") throw std::logic_error("index out of range");
        if (how == "memory") throw std::bad_alloc();
        if (how == "strange") throw 7;
        if (how == "status") return 3;
        if (how == "interrupt") {
            context.graceful_stop();
            ::raise(SIGTERM);
            context.monitor().check();
        }
        if (how == "warn") {
            for (int i = 0; i < 2; ++i)
                context.monitor().warning("column 2 is constant");
        }
        return how == "no" ? 1 : 0;
    });
    return command;
}

/// Works for a while.
Command wait_command() {
    struct Options {
        double seconds = 1.0;
        std::size_t steps = 10;
        bool graceful = false;
        std::size_t lines = 0;
        std::optional<std::string> named;
    };
    const auto options = std::make_shared<Options>();
    Command command("wait for", "work for some seconds");
    command.number(options->seconds, "--seconds", "S", Range::not_negative(), "How long");
    command.integer(options->steps, "--steps", "N", 1, 1'000'000, "In how many steps");
    command.flag(options->graceful, "--graceful", "Finish the step when interrupted");
    command.integer(options->lines, "--lines", "N", 0, 1'000'000'000, "Lines to write first");
    command.output(options->named, "--named", "A file that has a temporary name while the work goes on");
    command.run([options](Context& context) {
        if (options->graceful) context.graceful_stop();
        std::optional<base::AtomicFile> file;
        if (options->named) {
            file.emplace(*options->named);
            file->write(file->working_path());
        }
        for (std::size_t i = 0; i < options->lines; ++i)
            context.out()("line\n");
        for (std::size_t i = 0; i < options->steps; ++i) {
            std::this_thread::sleep_for(
                std::chrono::duration<double>(options->seconds / static_cast<double>(options->steps)));
            context.monitor().advance(static_cast<double>(i + 1), static_cast<double>(options->steps), "step");
        }
        context.out()("end\n");
        return 0;
    });
    return command;
}

/// Needs an option and prints it.
Command need_command() {
    struct Options {
        std::string target;
        bool normalize = false;
    };
    const auto options = std::make_shared<Options>();
    Command command("wait need", "need an option");
    command.text(options->target, "--target", "COL[,COL]", "Target columns").required = true;
    command.flag(options->normalize, "--normalize", "Divide by the norm").other_names = {"--unit-norm"};
    command.run([options](Context& context) {
        context.out()(options->target + (options->normalize ? " normalised\n" : "\n"));
        return 0;
    });
    return command;
}

} // namespace

int main(int argc, char** argv) {
    limsym::cli::Tool tool;
    tool.name = "demo-tool";
    tool.summary = "every kind of option and of ending";
    tool.description = {"This tool is built for the tests of the command line only."};
    tool.commands = {echo_command(), copy_command(), end_command(), wait_command(), need_command()};
    tool.references = {"A. Author, \"A paper\", 2026."};
    tool.see_also = {"limsym(7)"};
    tool.planned = {"paste"};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
