//! The stand-in compiler. Messages, their numbers and the exit status follow the real `atc`.

mod aipp_config;
mod arguments;
mod compile;
mod flags;
mod refusal;

const HELP: &str = "usage: atc --framework=5 --model=FILE.onnx --output=NAME --soc_version=CHIP [options]

This is the emulator's stand-in for Ascend's atc: it takes the real command line and writes NAME.om, which only the
emulator runs.

  --input_shape=\"name:n,c,h,w;...\"   shapes of the inputs; n may be -1 with --dynamic_batch_size
  --dynamic_batch_size=\"1,2,4\"       batch sizes
  --insert_op_conf=FILE              AIPP configuration
  --output_type=FP32|FP16            type of the outputs, also per output: \"node:0:FP16\"
  --input_fp16_nodes=\"name;...\"      inputs that are 16-bit floats
  --out_nodes=\"node:0;...\"           outputs to keep
  --input_format, --precision_mode, --log and the other switches of atc are checked and change nothing
";

/// Runs the tool; returns its exit status.
pub fn main(arguments: &[String]) -> i32 {
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{HELP}");
        return 0;
    }
    let arguments = match arguments::Arguments::parse(arguments) {
        Ok(arguments) => arguments,
        Err(unknown) => {
            println!("{unknown}");
            return 1;
        }
    };
    println!("ATC start working now, please wait for a moment.");
    match compile::run(&arguments) {
        Ok(()) => {
            println!("ATC run success, welcome to the next use.\n");
            0
        }
        Err(refusal) => {
            println!(
                "ATC run failed, Please check the detail log, Try 'atc --help' for more information\n{refusal}"
            );
            255
        }
    }
}
