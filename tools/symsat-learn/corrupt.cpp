#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/random.hpp"
#include "limsym/satnet/assignment.hpp"
#include "limsym/satnet/one_hot.hpp"
#include "limsym/satnet/problem.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    std::optional<std::string> labels;
    std::string facelets = "limsym";
    bool zero_unknown = false;
    std::size_t cells = 0;
    std::string problem;
};

data::Json values_of(const std::vector<double>& values) {
    data::Json array = data::Json::array();
    for (const double value : values) {
        if (std::isnan(value))
            array.push_back(nullptr);
        else if (value == 0 || value == 1)
            array.push_back(static_cast<int>(value));
        else
            array.push_back(value);
    }
    return array;
}

int run(const Options& options, cli::Context& context) {
    const satnet::Problem problem = satnet::parse_problem(options.problem, "--problem");
    if (std::find(problem.cells.begin(), problem.cells.end(), 1U) != problem.cells.end())
        throw base::InputError("--problem", options.problem + " has cells of one variable; expected at least two");
    satnet::AssignmentOptions reading;
    reading.source = context.source(options.files[0]);
    reading.problem = problem;
    if (options.labels) reading.labels = data::Source{context.source(*options.labels).file, std::nullopt, ""};
    reading.zero_unknown = options.zero_unknown;
    reading.facelets = options.facelets == "kociemba" ? satnet::Facelets::kociemba : satnet::Facelets::limsym;
    reading.keep_documents = true;
    reading.pairs = true;
    satnet::AssignmentReader reader(reading);
    satnet::Assignment record;
    for (std::uint64_t number = 0; reader.next(record); ++number) {
        if (record.y.empty())
            throw base::InputError(reader.place(), "the key y is missing; expected the whole assignment");
        base::RandomStream stream(context.seed(), "corrupt", number);
        satnet::PartialAssignment assignment{record.x, record.y};
        try {
            satnet::corrupt(assignment, problem.cells, options.cells, stream);
        } catch (const base::InputError& error) {
            throw base::InputError(reader.place(), error.what());
        }
        data::Json document = record.document;
        if (document.is_null()) document = {{"schema", "limsym/assignment@1"}, {"id", record.id}};
        document["x"] = values_of(assignment.x);
        document["y"] = values_of(assignment.y);
        context.write(document);
        context.flush();
    }
    return 0;
}

} // namespace

cli::Command corrupt_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("corrupt", "wrong values in some cells of every record");
    command.describe(
        "Gives Q distinct cells of every record another value, uniform among the wrong ones, in y, and in x "
        "where the cell is known. All else is carried through. What is drawn depends on the seed and the number "
        "of the record alone.");
    command.example("symsat-learn corrupt --cells 2 --problem sudoku --seed 1 d.ndjson > noisy.ndjson",
                    "two wrong cells a board, as in the noise experiments");
    command.integer(options->cells, "--cells", "Q", 0, 1'000'000, "cells that get a wrong value").required = true;
    command.text(options->problem, "--problem", "P", "sudoku[:B], latin:N, cube, or onehot:a,b,c (sizes of cells)")
        .required = true;
    command.group("Data");
    command.input(options->labels, "--labels", "answers in a file of their own, as many rows and columns as DATA");
    command.flag(options->zero_unknown, "--zero-unknown", "a one-hot cell of zeros in x is unknown (SATNet's arrays)");
    command.choice(options->facelets, "--facelets", {"limsym", "kociemba"},
                   "text form of a cube: faces F U R L D B as 0-5, or Kociemba's URFDLB letters");
    command.operands(options->files, 1, 1, "[DATA]", "NDJSON of limsym/assignment@1, CSV, npy, h5, or lines of boards");
    command.results({data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
