"""What sets the course up, opens it, and looks after the installation."""
